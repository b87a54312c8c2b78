import re
from importlib import import_module
from pkgutil import iter_modules

import pytest


@pytest.mark.parametrize(
    "room",
    [
        "alerts",
        "config",
        "credentials",
        "doctor",
        "execution",
        "kodo",
        "local",
        "oversight",
        "planning",
        "ports",
        "reporting",
        "schedule",
        "state",
    ],
)
def test_the_map_of_a_room_names_its_modules_and_no_others(room: str) -> None:
    package = import_module(f"kodokeep.{room}")
    lines = (package.__doc__ or "").partition("\n\n")[2].splitlines()
    columns = [re.split(r"  +", line)[0] for line in lines if re.match(r"[a-z_]+(?:, [a-z_]+)*(?:  +|$)", line)]
    named = [name for column in columns for name in column.split(", ")]
    assert sorted(named) == sorted(module.name for module in iter_modules(package.__path__))

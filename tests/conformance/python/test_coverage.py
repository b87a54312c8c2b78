"""Every public storage call of the SDK is exercised, with good and with bad input, or is in the table with a reason."""

import importlib
from collections.abc import Iterable
from pathlib import Path

from tests.conformance.python.calls import Declared, declarations
from tests.conformance.python.surface import ASKS_NOBODY, NEVER_ANSWERED, NOT_STORAGE, starts, storage, surface

HERE = Path(__file__).parent


def declared() -> Declared:
    modules = [importlib.import_module(f"{__package__}.{path.stem}") for path in sorted(HERE.glob("test_*.py"))]
    found = [each for module in modules for each in declarations(module)]
    return Declared(
        frozenset(name for each in found for name in each.answered),
        frozenset(name for each in found for name in each.refused),
    )


def test_every_call_is_answered_somewhere() -> None:
    served = {name for name in storage() if not name.startswith(NEVER_ANSWERED)}
    assert_none(served - declared().answered)


def test_every_call_that_can_be_refused_is_refused_somewhere() -> None:
    asking = {name for name in storage() if not name.startswith(ASKS_NOBODY)}
    assert_none(asking - declared().refused)


def test_nothing_that_the_sdk_has_not_is_declared() -> None:
    both = declared()
    assert_none((both.answered | both.refused) - storage().keys())


def test_the_table_of_reasons_is_no_longer_than_it_has_to_be() -> None:
    assert_none(prefix for prefix in NOT_STORAGE if not any(starts(name, prefix) for name in surface()))
    prefixes = (*ASKS_NOBODY, *NEVER_ANSWERED)
    assert_none(prefix for prefix in prefixes if not any(name.startswith(prefix) for name in storage()))


def assert_none(names: Iterable[str]) -> None:
    left = sorted(names)
    assert not left, "\n".join(left)

"""Alerts tell what is wrong with a config, but not the prefixes of keys that are in it."""

from pathlib import Path

import pytest

from kodokeep.config.load import from_text
from kodokeep.errors import ConfigError
from kodokeep.reporting.keyless import keyless


@pytest.mark.parametrize(
    "options",
    [
        "prefix = img/\nguard_prefixes = MARKER/",
        "prefix = MARKER/\nguard_prefixes = img/",
        "exclude =\n  *.tmp\n  MARKER[",
        "prefix = " + "MARKER" * 200,
    ],
)
def test_what_begins_keys_stays_here(options: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_text(f"[bucket:a]\nfolder = /a\n{options}\n", Path("/etc/config.ini"))
    assert "MARKER" in caught.value.message
    assert "MARKER" not in keyless(caught.value.message)

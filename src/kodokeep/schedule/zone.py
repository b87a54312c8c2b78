"""This machine's time zone, as it is now: it changes when people travel."""

import warnings
from datetime import datetime, tzinfo

import tzlocal


def local_zone() -> tzinfo:
    """By $TZ or the system's settings; where they say nothing that can be read, what the clock shows now."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says what it thinks of the settings each time
            return tzlocal.reload_localzone()
    except (OSError, ValueError, LookupError):
        zone = datetime.now().astimezone().tzinfo
        assert zone is not None
        return zone

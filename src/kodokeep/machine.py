"""This machine, as all rooms must see it alike: its time zone, and where a user's programs keep what they remember.

What belongs here: what one of them would otherwise find out in another way than the next. What does not: the folder of
a pair (`local`, `pair`).
"""

import threading
import warnings
from datetime import datetime, tzinfo
from pathlib import Path

import tzlocal
from platformdirs import user_state_path

_QUIETLY = threading.Lock()
"""What is done about warnings concerns all threads."""


def local_zone() -> tzinfo:
    """The zone as it is now, for people travel: by $TZ or the system's settings; where they say nothing that can be
    read, what the clock shows.
    """
    try:
        with _QUIETLY, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says what it thinks of the settings each time
            return tzlocal.reload_localzone()
    except (OSError, ValueError, LookupError):
        zone = datetime.now().astimezone().tzinfo
        assert zone is not None
        return zone


def state_home() -> Path:
    """Where what outlives a folder is kept: the journal, and the other half of each folder's identity (rule 5)."""
    return user_state_path("kodokeep", appauthor=False)

"""Every error that a user can meet, and the exit code it ends with.

    KodokeepError
    ├── ConfigError            2   a setting, an option or an argument is wrong
    ├── FolderUnusable         2   the folder is a file, cannot be written, or overlaps another pair's
    ├── StateUnusable          2   state.db is damaged, or written by a newer version
    ├── TimersUnusable         2   no timer of this machine can be used, or it refuses what it is told
    ├── FolderFull             3   the disk has no room; what was finished is committed
    ├── LockHeld               5   another run works on the folder
    └── KodoError              6   the cloud does not answer as a run needs it to
        ├── BucketUnknown      2   no such bucket in this account
        ├── SignInRefused      6   the keys are wrong (401)
        ├── ClockSkewed        6   this machine's clock is off by more than 15 minutes (403)
        ├── BucketFull         6   the bucket's quota is used up
        ├── Unreachable        6   no answer, or only errors, after all retries
        └── ListingBroken      6   a listing that cannot be proved complete
            └── ListingUnordered   keys out of order: the run lists again and sorts
    Interrupted          130   no error: the user asked for an orderly end

What belongs here: classes that cross a room's border. What does not: anything that is handled where it is raised.
"""

from kodokeep import exits


class KodokeepError(Exception):
    """An error with a message for people. `hint` is the next step to take, if there is one."""

    exit_code = exits.BUG

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Interrupted(Exception):
    """The user asked to stop while the plan was being made."""


class ConfigError(KodokeepError):
    """A setting is missing or wrong; the message names file, section, option and what was expected."""

    exit_code = exits.WRONG_SETTING


class FolderUnusable(KodokeepError):
    """The folder cannot serve as one side of a pair."""

    exit_code = exits.WRONG_SETTING


class StateUnusable(KodokeepError):
    """The state database cannot be read."""

    exit_code = exits.WRONG_SETTING


class TimersUnusable(KodokeepError):
    """systemd, cron or another timer is not there, refuses, or its files cannot be written."""

    exit_code = exits.WRONG_SETTING


class FolderFull(KodokeepError):
    """The disk is full, or the plan needs more than is free."""

    exit_code = exits.SOME_FAILED


class LockHeld(KodokeepError):
    """Another run holds the folder's lock."""

    exit_code = exits.LOCKED


class KodoError(KodokeepError):
    """Kodo refused, broke off or could not be reached."""

    exit_code = exits.UNREACHABLE


class BucketUnknown(KodoError):
    """Kodo answered 631, `no such bucket`."""

    exit_code = exits.WRONG_SETTING


class SignInRefused(KodoError):
    """Kodo answered 401, or does not know the access key."""


class ClockSkewed(KodoError):
    """Kodo answered 403 `request time too skewed`."""


class BucketFull(KodoError):
    """The bucket takes no more content: its quota is used up."""


class Unreachable(KodoError):
    """No host of a service gave a usable answer."""


class ListingBroken(KodoError):
    """A listing failed, repeated a key, or its marker did not advance."""


class ListingUnordered(ListingBroken):
    """A listing was not ascending in the byte order of the UTF-8 key."""

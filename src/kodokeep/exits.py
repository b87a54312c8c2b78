"""Exit codes, of a run and of every command (design §10). `errors` says which error ends with which; nothing else
belongs here.
"""

DONE = 0
BUG = 1
WRONG_SETTING = 2
"""A setting, an option or an argument is wrong; and whatever else a person has to mend before a run can begin."""

SOME_FAILED = 3
"""Finished, but some objects failed. Of commands that look: what they looked at is not well."""

HELD = 4
LOCKED = 5
"""Another run is at work on the folder."""

UNREACHABLE = 6
"""Kodo cannot be reached or signed in to."""

INTERRUPTED = 130

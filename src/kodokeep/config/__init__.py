"""The config file becomes options.

Rooms inside: `find` (where the file is), `ini` (text to sections), `values` (what a written value may be), `schema`
(which options exist), `rules` (what must fit together), `resolve` (defaults filled in), `attention`
(schedule, alerts), `load` (sections to `Config`), `rescue` (whom to tell when all that fails), `names` (of pairs, for
completion), `writing` (the first file). What does not belong here: what options mean.
"""

from kodokeep.config.find import find_if_any, place_for_new
from kodokeep.config.load import Config, load, load_if_any
from kodokeep.config.writing import NewPair, check_place, checked_value, has_account, write_config

__all__ = [
    "Config", "NewPair", "check_place", "checked_value", "find_if_any", "has_account", "load", "load_if_any",
    "place_for_new", "write_config",
]  # fmt: skip

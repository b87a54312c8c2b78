"""The config file becomes options.

Rooms inside: `find` (where the file is), `ini` (text to sections), `values` (what a written value may be), `schema`
(which options exist), `rules` (what must fit together), `resolve` (defaults filled in), `attention`
(schedule, alerts), `load` (sections to `Config`), `rescue` (whom to tell when all that fails), `names` (of pairs, for
completion). What does not belong here: what options mean.
"""

from kodokeep.config.load import Config, load, load_if_any

__all__ = ["Config", "load", "load_if_any"]

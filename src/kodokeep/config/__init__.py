"""The config file becomes options.

find         where the file is
trust        who may have written it
ini          text to sections
schema       which options exist
values       what a written value may be
speeds       how a bandwidth is written
sections     which sections exist, each checked by itself
rules        options that only make sense together
resolve      checked sections to pairs, with defaults filled in
attention    schedule, alerts, channels, metrics, commands
load         a file to a `Config`
problems     how a wrong setting is told
rescue       whom to tell when all that fails
names        of the pairs and nothing else, for completion
writing      the first file, and a pair more

What does not belong here: what options mean.
"""

from kodokeep.config.find import find_if_any, place_for_new
from kodokeep.config.load import Config, load, load_if_any
from kodokeep.config.writing import NewPair, check_place, checked_value, has_account, write_config

__all__ = [
    "Config", "NewPair", "check_place", "checked_value", "find_if_any", "has_account", "load", "load_if_any",
    "place_for_new", "write_config",
]  # fmt: skip

"""The config file and the environment become options and credentials.

Rooms inside: `find` (where the file is), `ini` (text to sections), `values` (what a written value may be), `schema`
(which options exist), `rules` (what must fit together), `resolve` (defaults filled in), `load` (sections to
`Config`), `credentials`. What does not belong here: what options mean.
"""

from kodokeep.config.credentials import credentials_for
from kodokeep.config.load import Config, load

__all__ = ["Config", "credentials_for", "load"]

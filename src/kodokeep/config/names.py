"""The names of the pairs and nothing else, for completion: quick, silent, and also of a config that has mistakes."""

from collections.abc import Mapping, Sequence

from kodokeep.config import ini
from kodokeep.config.find import find
from kodokeep.config.values import NAME
from kodokeep.errors import ConfigError

_PAIR = "bucket:"


def pair_names(path: str | None, env: Mapping[str, str]) -> Sequence[str]:
    """The NAMEs of all `[bucket:NAME]` in the order of the file; none if there is no file that can be read."""
    try:
        file = find(path, env)
        sections = ini.parse(ini.read(file), str(file))
    except ConfigError:
        return ()
    names = (section.removeprefix(_PAIR) for section in sections if section.startswith(_PAIR))
    return [name for name in names if NAME.fullmatch(name)]

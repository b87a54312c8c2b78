"""Where the config file is. The first place that is named wins; the first that exists, of the usual ones."""

from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_config_path

from kodokeep.config.problems import SMALLEST_CONFIG
from kodokeep.config.trust import stranger
from kodokeep.errors import ConfigError

VARIABLE = "KODOKEEP_CONFIG"
FILE_NAME = "config.ini"


def find(path: str | None, env: Mapping[str, str]) -> Path:
    """The config file: `path`, `$KODOKEEP_CONFIG`, `./config.ini`, or the one in the user's config directory.

    Raises ConfigError if there is none, if the one that was named does not exist, or if the one in the current
    directory may be somebody else's.
    """
    if found := find_if_any(path, env):
        return found
    places = " or ".join(("./" + FILE_NAME, str(_usual()[1])))
    raise ConfigError(
        f"no config file: looked for {places}",
        hint=f"kodokeep init    asks a few questions and writes one\n{SMALLEST_CONFIG}",
    )


def find_if_any(path: str | None, env: Mapping[str, str]) -> Path | None:
    """The same, None if there is none."""
    for named, origin in ((path, "--config"), (env.get(VARIABLE), f"${VARIABLE}")):
        if named:
            return _existing(named, origin)
    here, own = _usual()
    if _exists(here):
        return _trusted(here)
    return own if _exists(own) else None


def place_for_new(path: str | None, env: Mapping[str, str]) -> Path:
    """Where `find` would look first for a config that may not be there yet: the user's config directory, unless one is
    named or lies in the current directory. Raises ConfigError if that one may be somebody else's.
    """
    if named := path or env.get(VARIABLE):
        return Path(named)
    here, own = _usual()
    return _trusted(here) if _exists(here) else own


def _usual() -> tuple[Path, Path]:
    return Path(FILE_NAME), user_file()


def user_file() -> Path:
    """The one in the user's config directory, whether it is there or not."""
    return user_config_path("kodokeep") / FILE_NAME


def _trusted(here: Path) -> Path:
    """Who calls us in /tmp, or in a folder that others fill, has not chosen what lies there."""
    if why := stranger(here):
        raise ConfigError(f"{here.absolute()}: not used, because {why}", hint=f"if you mean it: --config ./{here}")
    return here


def _existing(named: str, origin: str) -> Path:
    place = Path(named)
    if not _exists(place):
        raise ConfigError(f"{named}: no such file (named by {origin})")
    return place


def _exists(place: Path) -> bool:
    # A place that may not be looked at is taken as there, so that reading it tells why it cannot be used.
    try:
        place.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        return True
    return True

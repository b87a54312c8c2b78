"""What is kept of an account: its keys, when they came, and which cloud they are for. As JSON, the same everywhere.

What belongs here: the form of an entry, and what can be a key at all. What does not: where entries are kept. No error
shows a value.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from kodokeep.errors import ConfigError
from kodokeep.model.options import Credentials


@dataclass(frozen=True, slots=True)
class Entry:
    """The keys of an account as `login` keeps them. `uc_host` None is the public cloud, or what the config says."""

    credentials: Credentials
    stored_at: datetime
    uc_host: str | None = None


def checked_keys(access_key: str, secret_key: str, origin: str) -> Credentials:
    """Keys that can be keys. Raises ConfigError that names `origin` and not the value."""
    for name, key in (("access key", access_key), ("secret key", secret_key)):
        if not key:
            raise ConfigError(f"{origin}: the {name} is empty")
        # A line break or a space that came along in copying would break the header that the key goes into.
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ConfigError(
                f"{origin}: the {name} cannot be a key: expected ASCII letters, digits and signs only, without spaces"
            )
    return Credentials(access_key=access_key, secret_key=secret_key)


def to_text(entry: Entry) -> str:
    """The entry as JSON."""
    fields = {
        "access_key": entry.credentials.access_key,
        "secret_key": entry.credentials.secret_key,
        "stored_at": entry.stored_at.isoformat(timespec="seconds"),
    }
    return json.dumps(fields if entry.uc_host is None else fields | {"uc_host": entry.uc_host})


def from_text(text: str, origin: str) -> Entry:
    """Read an entry. Raises ConfigError that names `origin` if it is none."""
    fields = json_object(text)
    if fields is None:
        raise ConfigError(f"{origin}: holds no entry of kodokeep: expected JSON with access_key and secret_key")
    keys = keys_of(fields, origin)
    uc_host = fields.get("uc_host")
    try:
        stored_at = datetime.fromisoformat(str(fields["stored_at"]))
    except (KeyError, ValueError):
        raise ConfigError(f"{origin}: holds no entry of kodokeep: stored_at is no time") from None
    return Entry(keys, stored_at.astimezone(), str(uc_host) if uc_host is not None else None)


def keys_of(fields: dict[str, object], origin: str) -> Credentials:
    """The keys in a JSON object. Raises ConfigError."""
    keys = tuple(fields.get(name) for name in ("access_key", "secret_key"))
    if not all(isinstance(key, str) for key in keys):
        raise ConfigError(f"{origin}: expected JSON with access_key and secret_key, both texts")
    return checked_keys(str(keys[0]), str(keys[1]), origin)


def json_object(text: str) -> dict[str, object] | None:
    """The object that a text is, None if it is something else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

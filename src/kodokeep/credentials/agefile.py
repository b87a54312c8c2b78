"""The age format (age-encryption.org/v1) with a passphrase: bytes in, bytes out. The one door to pyrage.

What belongs here: sealing, opening, and saying why something cannot be opened. What does not: files and passphrases.
"""

from functools import lru_cache

from kodokeep.errors import ConfigError

MAGIC = b"age-encryption.org/v1"
ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"

_REMEMBERED = 8


class WrongPassphrase(Exception):
    """The passphrase is not the one that it was sealed with."""


def seal(content: bytes, passphrase: str) -> bytes:
    """Encrypt; takes about a second on purpose, as every guess at the passphrase will."""
    from pyrage import passphrase as pyrage  # noqa: PLC0415 - slow to load, and most runs need no file

    sealed: bytes = pyrage.encrypt(content, passphrase)
    return sealed


def open_sealed(sealed: bytes, passphrase: str, origin: str) -> bytes:
    """Decrypt, armored or not. Raises WrongPassphrase, ConfigError that names `origin` if it is no such file."""
    text = sealed.strip() if sealed.lstrip().startswith(ARMOR) else sealed
    if not text.startswith((MAGIC, ARMOR)):
        raise ConfigError(f"{origin}: is no age file")
    try:
        return _decrypted(text, passphrase)
    except ValueError as error:
        raise ConfigError(f"{origin}: {error}") from None


@lru_cache(_REMEMBERED)
def _decrypted(sealed: bytes, passphrase: str) -> bytes:
    """The same bytes are opened once: several pairs of an account would wait a second each. New bytes are new keys."""
    import pyrage  # noqa: PLC0415 - see `seal`

    try:
        content: bytes = pyrage.passphrase.decrypt(sealed, passphrase)
    except pyrage.DecryptError as error:
        match str(error):
            case "Decryption failed":
                raise WrongPassphrase from None
            case "No matching keys found":
                raise ValueError("is an age file, but sealed for a recipient and not with a passphrase") from None
            case why if why.startswith("Excessive work"):
                raise ValueError("takes this machine too long to open; keep the keys anew here, with login") from None
            case why:
                raise ValueError(f"is damaged or cut off ({why})") from None
    return content

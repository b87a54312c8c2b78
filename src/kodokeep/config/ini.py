"""The text of a config file becomes sections of strings. Knows configparser and its errors, and no option."""

import configparser
from pathlib import Path

from kodokeep.config.problems import config_error, option_shown, section_shown
from kodokeep.config.trust import opened
from kodokeep.errors import ConfigError

Sections = dict[str, dict[str, str]]

NO_DEFAULT_SECTION = "\n"
"""configparser gives one section's options to all others; no header can be spelled like this, so none is."""


def read(file: Path) -> str:
    """The text of a config file. Raises ConfigError if it cannot be read or is not UTF-8."""
    return read_and_judge(file)[0]


def read_and_judge(file: Path) -> tuple[str, str]:
    """The same, and why others may have written it, empty if nobody else may."""
    try:
        content, others = opened(file)
        text = content.decode("utf-8-sig")
    except IsADirectoryError:
        raise ConfigError(f"{file}: is a directory, expected a file") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{file}: line {line}: not UTF-8; save the file in the encoding UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    return text.replace("\r\n", "\n").replace("\r", "\n"), others


def parse(text: str, file: str) -> Sections:
    """Split a text into sections and options; option names come in lower case. `file` is for messages.

    Raises ConfigError with line numbers. Lines are never quoted: they may hold what should not be shown.
    """
    # Empty lines and comments may stand between the patterns of one option.
    parser = configparser.RawConfigParser(interpolation=None, strict=True, default_section=NO_DEFAULT_SECTION)
    try:
        parser.read_string(text, file)
    except configparser.Error as error:
        raise config_error(file, _problems(error)) from None
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _problems(error: configparser.Error) -> list[str]:
    match error:
        case configparser.MissingSectionHeaderError():
            return [f"line {error.lineno}: expected a section such as [bucket:photos] before the first option"]
        case configparser.DuplicateSectionError():
            return [f"line {error.lineno}: {section_shown(error.section)} is there twice"]
        case configparser.DuplicateOptionError():
            return [f"line {error.lineno}: [{error.section}] {option_shown(error.option)} is there twice"]
        case configparser.ParsingError():
            return [f"line {line}: expected [section], option = value, or # comment" for line, _ in error.errors]
        case _:
            return [error.message]

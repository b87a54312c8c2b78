"""Rescue: whom to tell that the config cannot be used, from that very config.

Nothing is an error here: what can be made out is used, section by section and option by option, whatever stands
around it. What does not belong here: anything that a run needs.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kodokeep.config.attention import alert_options
from kodokeep.config.ini import Sections
from kodokeep.config.problems import section_shown
from kodokeep.config.schema import COMMANDS, NotifySection, Section, SharedOptions, check
from kodokeep.config.trust import opened
from kodokeep.model.alert import AlertOptions, ChannelOptions

SOURCES = ("url", "url_command", "url_variable")

_OPTION = re.compile(r"([^=:\s][^=:]*?)\s*[=:]\s*(.*)")
_INDENTED_HEADER = re.compile(r"\[(?:account|bucket|notify):[^\]]+\]")


@dataclass(frozen=True, slots=True)
class Rescued:
    """What a broken config says of whom to tell. `pairs` are the alert options of each pair, `defaults` those of none.
    `problems` are why some of it cannot be used.
    """

    channels: tuple[ChannelOptions, ...]
    pairs: Mapping[str, AlertOptions]
    defaults: AlertOptions
    problems: tuple[str, ...] = ()


def rescue(file: Path) -> Rescued | None:
    """Make out whom to tell; None if the file cannot be read."""
    try:
        content, others = opened(file)
    except OSError:
        return None
    return from_text(content.decode("utf-8-sig", "replace"), others)


def from_text(text: str, others: str = "") -> Rescued:
    """The same for the text of a config; `others` is why somebody else may have written it."""
    written = _sections(text)
    problems: list[str] = []
    if others:
        written = {
            section: _without_commands(section, options, others, problems) for section, options in written.items()
        }
    shared = _usable(SharedOptions, "defaults", written.get("defaults", {}))
    return Rescued(
        channels=tuple(_channels(written)),
        pairs={
            section.partition(":")[2]: _alert_options(shared | _usable(SharedOptions, section, options))
            for section, options in written.items()
            if section.startswith("bucket:")
        },
        defaults=_alert_options(shared),
        problems=tuple(problems),
    )


def _sections(text: str) -> Sections:
    """What `ini.parse` gives, from a text that it may refuse: later lines win, and what is nothing is skipped."""
    sections: Sections = {}
    options: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        bare = line.strip()
        if not bare or bare[0] in "#;":
            continue
        if line[0] == "[" or _INDENTED_HEADER.fullmatch(bare):
            options, last = sections.setdefault(bare[1:].partition("]")[0].strip(), {}), ""
        elif line[0].isspace() and last:
            options[last] += f"\n{bare}"
        elif found := _OPTION.fullmatch(bare):
            last = found[1].lower()
            options[last] = found[2]
    return sections


def _usable(kind: type[Section], section: str, written: Mapping[str, str]) -> dict[str, Any]:
    """The options of a section that are valid by themselves, checked."""
    checked = {option: check(kind, section, {option: value}, []) for option, value in written.items()}
    return {option: getattr(value, option) for option, value in checked.items() if value is not None}


def _channels(written: Sections) -> Iterator[ChannelOptions]:
    for section, options in written.items():
        kind, _, name = section.partition(":")
        if kind != "notify" or not name.isprintable():
            continue
        usable = _usable(NotifySection, section, options)
        sources = [source for source in SOURCES if source in usable]
        for source in sources[1:]:
            del usable[source]
        if sources:
            yield ChannelOptions(name, **usable)


def _alert_options(usable: Mapping[str, Any]) -> AlertOptions:
    return alert_options(SharedOptions.model_construct(**usable))


def _without_commands(section: str, options: dict[str, str], why: str, problems: list[str]) -> dict[str, str]:
    told = [option for option in options if option in COMMANDS and not section.startswith("account")]
    problems.extend(f"{section_shown(section)} {option} is not run: {why}" for option in told)
    return {option: value for option, value in options.items() if option not in COMMANDS}

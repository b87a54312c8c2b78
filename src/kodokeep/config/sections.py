"""Which sections there may be, and each one checked by itself. How they go together is in `resolve`."""

from dataclasses import dataclass, field

from kodokeep.config.ini import Sections
from kodokeep.config.problems import section_shown, unknown_section
from kodokeep.config.schema import (
    AccountSection,
    MetricsSection,
    NotifySection,
    PairSection,
    PricesSection,
    SharedOptions,
    check,
)
from kodokeep.config.values import NAME, NAME_EXPECTED
from kodokeep.model.account import variables

PLAIN = ("account", "defaults", "prices", "metrics")
NAMED = ("account", "bucket", "notify")


@dataclass(frozen=True, slots=True)
class CheckedSections:
    """What a config file says, each section valid by itself. The account of `[account]` is named ""."""

    defaults: SharedOptions = field(default_factory=SharedOptions)
    accounts: dict[str, AccountSection] = field(default_factory=dict)
    pairs: dict[str, PairSection] = field(default_factory=dict)
    prices: PricesSection = field(default_factory=PricesSection)
    channels: dict[str, NotifySection] = field(default_factory=dict)
    metrics: MetricsSection = field(default_factory=MetricsSection)


def checked(sections: Sections, problems: list[str]) -> CheckedSections:
    """Check every section; what is wrong is added to `problems`, and a wrong section counts as an empty one or none."""
    defaults = check(SharedOptions, "defaults", sections.get("defaults", {}), problems) or SharedOptions()
    prices = check(PricesSection, "prices", sections.get("prices", {}), problems) or PricesSection()
    metrics = check(MetricsSection, "metrics", sections.get("metrics", {}), problems) or MetricsSection()
    found = CheckedSections(defaults, prices=prices, metrics=metrics)
    for section, written in sections.items():
        kind, _, name = section.partition(":")
        if section in ("defaults", "prices", "metrics"):
            continue
        if not _known(section):
            problems.append(_complaint(section))
        elif kind == "account":
            found.accounts[name] = check(AccountSection, section, written, problems) or AccountSection()
        elif kind == "notify":
            if channel := check(NotifySection, section, written, problems):
                found.channels[name] = channel
        elif pair := check(PairSection, section, written, problems):
            found.pairs[name] = pair
    problems.extend(_shared_variables(found.accounts))
    return found


def _known(section: str) -> bool:
    kind, _, name = section.partition(":")
    return section in PLAIN or (kind in NAMED and NAME.fullmatch(name) is not None)


def _complaint(section: str) -> str:
    kind, colon, name = section.partition(":")
    if kind in NAMED and colon:
        return f"{section_shown(section)}: expected [{kind}:NAME] with {NAME_EXPECTED}"
    if NAME.fullmatch(name):
        return unknown_section(section, [f"{known}:{name}" for known in NAMED])
    return unknown_section(section, [*PLAIN, *(f"{kind}:NAME" for kind in NAMED)])


def _shared_variables(accounts: dict[str, AccountSection]) -> list[str]:
    # Two accounts whose keys come from the same variables would sign each other's requests.
    owner: dict[str, str] = {}
    return [
        f"[account:{name}]: its keys would come from ${variables(name)[0]}, as those of [account:{first}] do;"
        " give it another name"
        for name in accounts
        if (first := owner.setdefault(variables(name)[0], name)) != name
    ]

"""Which options there are, section by section. The only user of pydantic.

Each field is one option; its type says how the text is read (`values`). Nothing here knows files or other sections.
"""

from functools import partial
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from kodokeep.config import speeds, values
from kodokeep.config.problems import unknown_option, wrong_value
from kodokeep.model.alert import USUAL_KINDS, AlertKind
from kodokeep.model.bandwidth import UNLIMITED, Bandwidth
from kodokeep.model.options import (
    Archived,
    ArchiveOptions,
    Budget,
    Conflicts,
    GuardOptions,
    Mode,
    Prices,
    Symlinks,
)

SECRETS = frozenset({"access_key", "secret_key"})
NEVER_SHOWN = frozenset({"url", "heartbeat", "heartbeat_start", "heartbeat_success", "heartbeat_failure"})
"""Options whose values often hold a password or a token."""

COMMANDS = frozenset({
    "credentials_command", "access_key_command", "secret_key_command", "passphrase_command", "url_command",
    *(f"on_{kind}" for kind in AlertKind if kind is not AlertKind.TEST),
})  # fmt: skip
"""Options whose values are run."""

Path = Annotated[str, BeforeValidator(values.path)]
Host = Annotated[str, BeforeValidator(values.host)]
Switch = Annotated[bool, BeforeValidator(values.switch)]
Size = Annotated[int, BeforeValidator(values.size)]
Age = Annotated[int, BeforeValidator(values.age)]
Patterns = Annotated[tuple[str, ...], BeforeValidator(values.patterns)]
Price = Annotated[float, BeforeValidator(values.price)]
Command = Annotated[str, BeforeValidator(values.command)]
Url = Annotated[str, BeforeValidator(values.url)]


class Section(BaseModel):
    """Any section: unknown options are errors, and errors never quote their input by themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class AccountSection(Section):
    """`[account]` and `[account:NAME]`."""

    uc_host: Host | None = None
    credentials_command: Command | None = None
    access_key_command: Command | None = None
    secret_key_command: Command | None = None
    credentials_file: Path | None = None
    passphrase_command: Command | None = None
    passphrase_file: Path | None = None


class NotifySection(Section):
    """`[notify:NAME]`: somebody who is told how it goes."""

    url: Annotated[str, BeforeValidator(values.channel)] | None = None
    url_command: Command | None = None
    url_variable: Annotated[str, BeforeValidator(values.name)] | None = None
    on: Annotated[frozenset[AlertKind], BeforeValidator(values.kinds)] = USUAL_KINDS
    pairs: Annotated[frozenset[str], BeforeValidator(values.names)] | None = None
    key_names: Switch = False


class MetricsSection(Section):
    """`[metrics]`: where Prometheus finds how it goes."""

    file: Path | None = None
    listen: Annotated[str, BeforeValidator(values.listen)] | None = None


class PricesSection(Section):
    """`[prices]`: what Kodo bills for, for estimates."""

    currency: Annotated[str, BeforeValidator(values.currency)] = Prices().currency
    get_requests: Price = Prices().get_requests
    put_requests: Price = Prices().put_requests
    origin_traffic: Price = Prices().origin_traffic
    cdn_traffic: Price = Prices().cdn_traffic
    archive_thaw: Price | None = Prices().archive_thaw
    deep_archive_thaw: Price | None = Prices().deep_archive_thaw


class SharedOptions(Section):
    """`[defaults]`, and what each pair may set for itself."""

    account: Annotated[str, BeforeValidator(values.name)] | None = None
    mode: Annotated[Mode, BeforeValidator(partial(values.choice, Mode))] = Mode.BACKUP
    deletions: str | None = None  # which words there are depends on the mode
    conflicts: Annotated[Conflicts, BeforeValidator(partial(values.choice, Conflicts))] | None = None
    include: Patterns = ()
    exclude: Patterns = ()
    default_excludes: Switch | None = None
    min_size: Size | None = None
    max_size: Size | None = None
    min_age: Age | None = None
    max_age: Age | None = None
    portable_names: Switch = False
    symlinks: Annotated[Symlinks, BeforeValidator(partial(values.choice, Symlinks))] = Symlinks.SKIP
    guard_percent: Annotated[float, BeforeValidator(values.percent)] = GuardOptions().percent
    guard_objects: Annotated[int, BeforeValidator(values.count)] = GuardOptions().objects
    guard_bytes: Size | None = GuardOptions().bytes_limit
    https: Switch | None = None
    proxy: Annotated[str, BeforeValidator(values.proxy)] | None = None
    ca_file: Path | None = None
    transfers: Annotated[int, BeforeValidator(values.transfers)] | None = None
    state_dir: Path | None = None
    schedule: Annotated[tuple[str, tuple[str, ...]], BeforeValidator(values.schedule)] | None = None
    time_zone: Annotated[str, BeforeValidator(values.zone)] | None = None
    jitter: Age = 0
    stale_after: Age | None = None
    heartbeat: Url | None = None
    heartbeat_start: Url | None = None
    heartbeat_success: Url | None = None
    heartbeat_failure: Url | None = None
    on_success: Command | None = None
    on_warnings: Command | None = None
    on_failure: Command | None = None
    on_held: Command | None = None
    on_missed: Command | None = None
    on_stale: Command | None = None
    bandwidth: Annotated[Bandwidth, BeforeValidator(speeds.bandwidth)] = UNLIMITED
    monthly_traffic: Annotated[Budget, BeforeValidator(values.budget)] | None = None
    archived: Annotated[Archived, BeforeValidator(partial(values.choice, Archived))] = ArchiveOptions().archived
    thaw_days: Annotated[int, BeforeValidator(values.days)] = ArchiveOptions().thaw_days
    expiring_within: Age = ArchiveOptions().expiring_within_s


class PairSection(SharedOptions):
    """`[bucket:NAME]`."""

    folder: Path
    bucket: Annotated[str, BeforeValidator(values.bucket)] | None = None
    domain: Host | None = None
    prefix: Annotated[str, BeforeValidator(values.prefix)] = ""
    guard_prefixes: Annotated[tuple[str, ...], BeforeValidator(values.prefixes)] = ()


OWN_OPTIONS = frozenset(PairSection.model_fields) - frozenset(SharedOptions.model_fields)
"""What only a pair can have."""

Checked = TypeVar("Checked", bound=Section)


def check(kind: type[Checked], section: str, written: dict[str, str], problems: list[str]) -> Checked | None:
    """Validate one section; what is wrong is added to `problems`, and then there is no value."""
    try:
        return kind.model_validate(written)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            option = str(detail["loc"][0])
            match detail["type"]:
                case "missing":
                    problems.append(f"[{section}] {option} is missing: expected for example {option} = ~/backup/photos")
                case "extra_forbidden":
                    problems.append(_unknown(kind, section, option))
                case _:
                    value = None if option in NEVER_SHOWN else written[option]
                    problems.append(wrong_value(section, option, value, str(detail["ctx"]["error"])))
        return None


def _unknown(kind: type[Section], section: str, option: str) -> str:
    if option in SECRETS:
        return (
            f"[{section}] {option}: keys are not kept in the config; remove the line and run kodokeep login, which"
            " keeps them encrypted"
        )
    if kind is SharedOptions and option in OWN_OPTIONS:
        return f"[{section}] {option}: cannot be shared; set it in each [bucket:NAME]"
    return unknown_option(section, option, kind.model_fields)

"""Which options there are, section by section. The only user of pydantic.

Each field is one option; its type says how the text is read (`values`). Nothing here knows files or other sections.
"""

from functools import partial
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from kodokeep.config import values
from kodokeep.config.problems import unknown_option, wrong_value
from kodokeep.model.options import Conflicts, GuardOptions, Mode, Prices, Symlinks

SECRETS = frozenset({"access_key", "secret_key"})

Path = Annotated[str, BeforeValidator(values.path)]
Host = Annotated[str, BeforeValidator(values.host)]
Switch = Annotated[bool, BeforeValidator(values.switch)]
Size = Annotated[int, BeforeValidator(values.size)]
Age = Annotated[int, BeforeValidator(values.age)]
Patterns = Annotated[tuple[str, ...], BeforeValidator(values.patterns)]
Price = Annotated[float, BeforeValidator(values.price)]


class Section(BaseModel):
    """Any section: unknown options are errors, and errors never quote their input by themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class AccountSection(Section):
    """`[account]` and `[account:NAME]`."""

    uc_host: Host | None = None


class PricesSection(Section):
    """`[prices]`: what Kodo bills for, for estimates."""

    currency: Annotated[str, BeforeValidator(values.currency)] = Prices().currency
    get_requests: Price = Prices().get_requests
    put_requests: Price = Prices().put_requests
    origin_traffic: Price = Prices().origin_traffic
    cdn_traffic: Price = Prices().cdn_traffic


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
                    problems.append(wrong_value(section, option, written[option], str(detail["ctx"]["error"])))
        return None


def _unknown(kind: type[Section], section: str, option: str) -> str:
    if option in SECRETS:
        return (
            f"[{section}] {option}: keys are not kept in the config; set $QINIU_ACCESS_KEY and $QINIU_SECRET_KEY"
            " and remove the line"
        )
    if kind is SharedOptions and option in OWN_OPTIONS:
        return f"[{section}] {option}: cannot be shared; set it in each [bucket:NAME]"
    return unknown_option(section, option, kind.model_fields)

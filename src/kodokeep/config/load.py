"""A config file becomes a `Config`. All problems of a file are told at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kodokeep.config import ini
from kodokeep.config.attention import channels, check_commands
from kodokeep.config.find import find, find_if_any
from kodokeep.config.problems import SMALLEST_CONFIG, config_error, did_you_mean
from kodokeep.config.resolve import Resolver
from kodokeep.config.sections import checked
from kodokeep.errors import ConfigError
from kodokeep.model.account import AccountOptions
from kodokeep.model.alert import ChannelOptions, MetricsOptions
from kodokeep.model.options import PairOptions, Prices


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a config file says. `pairs` come in the order of the file; there is at least one. `accounts` has the
    account of every pair.
    """

    path: str
    pairs: tuple[PairOptions, ...]
    prices: Prices = field(default_factory=Prices)
    accounts: Mapping[str, AccountOptions] = field(default_factory=dict)
    channels: tuple[ChannelOptions, ...] = ()
    metrics: MetricsOptions = field(default_factory=MetricsOptions)

    def chosen(self, names: Sequence[str]) -> tuple[PairOptions, ...]:
        """The pairs of these names, each once, in this order; all of them if no name is given.

        Raises ConfigError for a name that the config does not have.
        """
        by_name = {pair.name: pair for pair in self.pairs}
        for name in names:
            if name not in by_name:
                near = did_you_mean(name, by_name)
                hint = f"did you mean {near}?" if near else "it has " + ", ".join(by_name)
                raise ConfigError(f"{self.path}: no section [bucket:{name}]", hint=hint)
        return tuple(by_name[name] for name in dict.fromkeys(names)) if names else self.pairs


def load(path: str | None, env: Mapping[str, str]) -> Config:
    """Find, read and check the config. `path` is what `--config` named.

    Raises ConfigError that names file, section, option, value and what was expected, for every problem of the file.
    """
    return _from_file(find(path, env))


def load_if_any(path: str | None, env: Mapping[str, str]) -> Config | None:
    """The same, None if there is no config and none was named. Raises ConfigError."""
    file = find_if_any(path, env)
    return None if file is None else _from_file(file)


def _from_file(file: Path) -> Config:
    text, others = ini.read_and_judge(file)
    return from_text(text, file, others)


def from_text(text: str, file: Path, others: str = "") -> Config:
    """Check the text of a config. Relative paths in it count from the directory of `file`. `others` is why somebody
    else may have written it, so that no commands of it are run. Raises ConfigError.
    """
    problems: list[str] = []
    written = ini.parse(text, str(file))
    sections = checked(written, problems)
    resolver = Resolver(file.absolute().parent, sections, problems)
    config = Config(
        path=str(file),
        pairs=resolver.pairs(),
        prices=resolver.prices(),
        accounts=resolver.accounts(),
        channels=channels(sections, problems),
        metrics=MetricsOptions(resolver.metrics_file(), sections.metrics.listen),
    )
    check_commands(written, others, problems)
    if problems:
        raise config_error(str(file), problems)
    if not config.pairs:
        raise config_error(str(file), ["no section [bucket:NAME], so there is nothing to do"], hint=SMALLEST_CONFIG)
    return config

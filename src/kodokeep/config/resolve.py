"""Checked sections become pairs: defaults filled in, accounts found, paths made absolute."""

from dataclasses import dataclass, replace
from pathlib import Path

from kodokeep.config.attention import alert_options, budget, schedule
from kodokeep.config.problems import did_you_mean, wrong_value
from kodokeep.config.rules import PairRules
from kodokeep.config.schema import PairSection, PricesSection
from kodokeep.config.sections import CheckedSections
from kodokeep.model.account import AccountOptions, speaks_tls
from kodokeep.model.key import OWN_DIRECTORY
from kodokeep.model.options import ArchiveOptions, GuardOptions, Mode, PairOptions, Prices, TransportOptions


@dataclass(frozen=True, slots=True)
class Resolver:
    """Makes pairs of `sections`. Relative paths count from `directory`; what is wrong is added to `problems`."""

    directory: Path
    sections: CheckedSections
    problems: list[str]

    def pairs(self) -> tuple[PairOptions, ...]:
        """The pairs in the order of the file; of no use if there are problems."""
        pairs = tuple(self._pair(name, own) for name, own in self.sections.pairs.items())
        self._check_state_dirs(pairs)
        if self.sections.defaults.conflicts and pairs and all(pair.mode is not Mode.SYNC for pair in pairs):
            self.problems.append("[defaults] conflicts: only mode = sync has conflicts, and no pair's mode is sync")
        return pairs

    def accounts(self) -> dict[str, AccountOptions]:
        """Every account by name; the one of `[account]` is there even if there is no such section."""
        accounts = {"": AccountOptions()}
        for name, written in self.sections.accounts.items():
            section = f"account:{name}" if name else "account"
            options = written.model_dump()
            for option in ("credentials_file", "passphrase_file"):
                if options[option] is not None:
                    options[option] = self._absolute(section, option, options[option])
            pair = (written.access_key_command, written.secret_key_command)
            if (pair[0] is None) != (pair[1] is None):
                self.problems.append(f"[{section}]: expected access_key_command and secret_key_command, not only one")
            if written.credentials_command is not None and pair != (None, None):
                self.problems.append(f"[{section}]: expected credentials_command or the two others, not both")
            accounts[name] = AccountOptions(name=name, **options)
        return accounts

    def prices(self) -> Prices:
        """What the estimates reckon with."""
        written = self.sections.prices
        priced = [option for option in PricesSection.model_fields if getattr(Prices(), option) is not None]
        missing = [option for option in priced if option not in written.model_fields_set]
        if written.currency != Prices().currency and missing:
            self.problems.append(
                f"[prices] currency = {written.currency}: expected all prices in it, too; there is no "
                + ", ".join(missing)
            )
        return Prices(**written.model_dump())

    def _pair(self, name: str, own: PairSection) -> PairOptions:
        options = self._with_defaults(own)
        bucket = options.bucket or name
        rules = PairRules(name, own, options, self.problems)
        return PairOptions(
            name=name,
            bucket=bucket,
            account=self._account(name, options),
            folder=self._folder(name, options.folder),
            mode=options.mode,
            prefix=options.prefix,
            domain=options.domain,
            deletions=rules.deletions(),
            conflicts=rules.conflicts(),
            guard=GuardOptions(
                options.guard_percent, options.guard_objects, options.guard_bytes, rules.guard_prefixes()
            ),
            filters=rules.filters(),
            transport=self._transport(name, options),
            state_dir=self._state_dir(name, own),
            portable_names=options.portable_names,
            symlinks=options.symlinks,
            zone=options.time_zone,
            schedule=schedule(name, own, options, self.problems),
            alerts=alert_options(options),
            monthly_traffic=budget(name, options, self.sections.prices, self.problems),
            archive=ArchiveOptions(options.archived, options.thaw_days, options.expiring_within),
            prices=Prices(**self.sections.prices.model_dump()),
        )

    def _with_defaults(self, own: PairSection) -> PairSection:
        defaults = self.sections.defaults
        missing = defaults.model_fields_set - own.model_fields_set
        return own.model_copy(update={option: getattr(defaults, option) for option in missing})

    def _account(self, name: str, options: PairSection) -> str:
        account = options.account or ""
        if account and account not in self.sections.accounts:
            near = did_you_mean(account, filter(None, self.sections.accounts))
            expected = f"the NAME of an [account:NAME] section{f'; did you mean {near}?' if near else ''}"
            self._complain(name, "account", account, expected)
        return account

    def _transport(self, name: str, options: PairSection) -> TransportOptions:
        account = self.sections.accounts.get(options.account or "")
        uc_host = account.uc_host if account else None
        https = options.https
        return TransportOptions(
            uc_host=uc_host,
            https=https if https is not None else speaks_tls(uc_host),
            proxy=options.proxy,
            ca_file=self._ca_file(name, options.ca_file),
            transfers=options.transfers,
            bandwidth=replace(options.bandwidth, zone=options.time_zone),
        )

    def _ca_file(self, name: str, written: str | None) -> str | None:
        if written is None:
            return None
        file = self._absolute(f"bucket:{name}", "ca_file", written)
        if not Path(file).is_file():
            self._complain(name, "ca_file", written, "a file of certificates that exists")
        return file

    def _folder(self, name: str, written: str) -> str:
        folder = self._absolute(f"bucket:{name}", "folder", written)
        if OWN_DIRECTORY in Path(folder).parts:
            # What is in there is ours, and of another pair.
            self._complain(name, "folder", written, f"a folder that is not inside a {OWN_DIRECTORY}")
        return folder

    def _state_dir(self, name: str, own: PairSection) -> str | None:
        if own.state_dir is not None:
            return self._absolute(f"bucket:{name}", "state_dir", own.state_dir)
        shared = self.sections.defaults.state_dir
        # The states of several pairs would overwrite each other in one directory.
        return self._absolute(f"bucket:{name}", "state_dir", f"{shared}/{name}") if shared is not None else None

    def _check_state_dirs(self, pairs: tuple[PairOptions, ...]) -> None:
        owner: dict[str, str] = {}
        for pair in pairs:
            first = owner.setdefault(pair.state_dir, pair.name) if pair.state_dir else pair.name
            if first != pair.name:
                self.problems.append(
                    f"[bucket:{pair.name}] state_dir: is that of [bucket:{first}], too; give it its own"
                )

    def metrics_file(self) -> str | None:
        """Where the metrics are written to, absolute."""
        written = self.sections.metrics.file
        return self._absolute("metrics", "file", written) if written is not None else None

    def _absolute(self, section: str, option: str, written: str) -> str:
        try:
            return str((self.directory / Path(written).expanduser()).resolve())
        except (OSError, RuntimeError) as error:
            self.problems.append(wrong_value(section, option, written, f"a path that can be resolved ({error})"))
            return written

    def _complain(self, name: str, option: str, written: str, expected: str) -> None:
        self.problems.append(wrong_value(f"bucket:{name}", option, written, expected))

"""The questions of `init`, with what the account itself answers: its buckets, their domains.

What belongs here: what is asked, and what is proposed. What does not: how questions look (`questions`), and what is
done with the answers (`cmd_init`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from kodokeep.cli.accounts import Chosen
from kodokeep.cli.init_text import AUTO, NO_SCHEDULE, bucket_lines, mode_lines, place_lines
from kodokeep.cli.init_unattended import passphrase_file, who_is_told
from kodokeep.cli.log_in import Keeping, log_in
from kodokeep.cli.output import say
from kodokeep.cli.questions import Questions
from kodokeep.cli.session import Session
from kodokeep.config import Config, NewPair, checked_value, has_account
from kodokeep.credentials import Kept, Source, check_places, describe, usual_place
from kodokeep.errors import ConfigError, KodoError
from kodokeep.model.account import AccountOptions, speaks_tls
from kodokeep.model.cloud import BucketInfo
from kodokeep.model.options import Credentials, Mode, TransportOptions
from kodokeep.pair import check_pairs

ANOTHER_NAME = "give the pair another one with --name"
OFFLINE = "is this machine online? a firewall or a proxy may be in the way"


@dataclass(frozen=True, slots=True)
class Given:
    """What was said by options; None is to be asked."""

    bucket: str | None = None
    folder: str | None = None
    name: str | None = None
    mode: str | None = None
    domain: str | None = None
    prefix: str | None = None
    schedule: str | None = None
    account: str | None = None
    uc_host: str | None = None
    store: str | None = None
    passphrase_file: str | None = None
    notify: str | None = None


@dataclass(frozen=True, slots=True)
class InitQuestions:
    """Asks for what no option says. `file` is where the config is, or is going to be."""

    session: Session
    questions: Questions
    given: Given
    file: Path

    def ask(self) -> NewPair:
        """All the answers. Raises ConfigError, KodoError, UsageError if one is missing and nobody is there."""
        config = replace(self.session, config_path=str(self.file)).config() if self.file.exists() else None
        account, transport = self._account(config)
        credentials = self._keys(account, transport)
        bucket = self._bucket(self._buckets(credentials, transport))
        name = self._name(bucket, config)
        mode = self._mode()
        folder = self._folder(name, config)
        domain = "" if mode == Mode.PUBLISH else self._domain(bucket, credentials, transport)
        schedule = self._schedule()
        told = who_is_told(self.questions, self.given.notify, config)
        return NewPair(
            name=name,
            bucket=bucket,
            folder=folder,
            mode=mode,
            domain=domain,
            prefix=self.given.prefix or "",
            account=account.name,
            uc_host=self.given.uc_host or "",
            schedule=schedule,
            passphrase_file=self._passphrase_file(account, schedule),
            channel=told.channel,
            heartbeat=told.heartbeat,
        )

    def _passphrase_file(self, account: AccountOptions, schedule: str) -> str:
        given, new = self.given.passphrase_file, not has_account(self.file, account.name)
        if not schedule and given is None:
            return ""
        return passphrase_file(self.session, self.questions, account, given and _absolute(given), new=new)

    def _account(self, config: Config | None) -> tuple[AccountOptions, TransportOptions]:
        """The account of the config if it has it, else a new one; and how to reach its cloud."""
        name = self.given.account or ""
        if name:
            checked_value("name", name, "--account")
        if self.given.uc_host:
            checked_value("host", self.given.uc_host, "--uc-host")
        account = config.accounts.get(name) if config else None
        account = account or AccountOptions(name)
        if self.given.uc_host and account.uc_host and account.uc_host != self.given.uc_host:
            raise ConfigError(
                f"--uc-host {self.given.uc_host}: {self.file} has uc_host = {account.uc_host} in {account.section}",
                hint="leave the option out, or give the other cloud an account of its own with --account",
            )
        uc_host = account.uc_host or self.given.uc_host
        transport = TransportOptions(uc_host=uc_host, https=speaks_tls(uc_host))
        return replace(account, uc_host=uc_host, passphrase_file=self._opened_by(account)), transport

    def _opened_by(self, account: AccountOptions) -> str | None:
        """The file with the passphrase, if there is one already."""
        if self.given.passphrase_file is None:
            return account.passphrase_file
        if has_account(self.file, account.name):
            raise ConfigError(
                f"--passphrase-file: {self.file} has a section {account.section} already",
                hint=f"write there: passphrase_file = {self.given.passphrase_file}",
            )
        checked_value("path", self.given.passphrase_file, "--passphrase-file")
        file = _absolute(self.given.passphrase_file)
        return file if Path(file).exists() else None

    def _keys(self, account: AccountOptions, transport: TransportOptions) -> Credentials:
        """Keys that are kept already, else those that `login` asks for."""
        origin = describe(account, self.session.env)
        if origin.source is Source.NOWHERE:
            return self._log_in(account, transport)
        if origin.problem:
            raise ConfigError(origin.problem, hint=origin.hint)
        say(f"keys of {account.section}: {origin.place}")
        return self.session.keys_of(account)

    def _log_in(self, account: AccountOptions, transport: TransportOptions) -> Credentials:
        check_places(account)
        if self.given.passphrase_file is not None:
            where = Kept.FILE
        elif self.given.store:
            where = Kept(self.given.store)
        else:
            where = usual_place(account)
        asked_for_file = self.questions.possible or self.given.passphrase_file is not None
        keeping = Keeping(where, check=True, remember=False, otherwise=OFFLINE, advise=not asked_for_file)
        return log_in(self.session, Chosen(account, transport), keeping)

    def _buckets(self, credentials: Credentials, transport: TransportOptions) -> Sequence[BucketInfo]:
        """What the account has. Keys that may not list buckets do for a bucket that is named."""
        try:
            return self.session.engine().buckets(credentials, transport)
        except KodoError as error:
            if self.given.bucket is None:
                raise
            say(f"the buckets cannot be listed: {error.message}; {self.given.bucket} is taken as it is")
            return ()

    def _bucket(self, buckets: Sequence[BucketInfo]) -> str:
        names = [bucket.name for bucket in buckets]
        if self.given.bucket is not None:
            checked_value("bucket", self.given.bucket, "--bucket")
            if names and self.given.bucket not in names:
                raise ConfigError(
                    f"--bucket {self.given.bucket}: the account has no such bucket; it has {', '.join(names)}"
                )
            return self.given.bucket
        if not names:
            raise ConfigError("the account has no bucket", hint="make one at portal.qiniu.com, then run this again")
        for line in bucket_lines(buckets):
            self.questions.tell(line)
        return self.questions.choice("Which bucket", "--bucket", names, names[0] if len(names) == 1 else None)

    def _name(self, bucket: str, config: Config | None) -> str:
        """As the bucket is called, if no pair has that name."""
        taken = {pair.name for pair in config.pairs} if config else set[str]()

        def check(answer: str) -> str:
            checked_value("name", answer, "--name")
            if answer in taken:
                raise ConfigError(f"{self.file}: has a section [bucket:{answer}] already", hint=ANOTHER_NAME)
            return answer

        if self.given.name is not None or bucket not in taken or not self.questions.possible:
            return check(self.given.name if self.given.name is not None else bucket)
        free = next(name for name in (f"{bucket}-{number}" for number in count(2)) if name not in taken)
        return self.questions.text(f"The name {bucket} is taken; which name", "--name", free, check)

    def _mode(self) -> str:
        if self.given.mode is not None:
            return self.given.mode
        if self.questions.possible:
            for line in mode_lines():
                self.questions.tell(line)
        return self.questions.choice("Which way", "--mode", [str(mode) for mode in Mode], str(Mode.BACKUP))

    def _folder(self, name: str, config: Config | None) -> str:

        def check(written: str) -> str:
            usable = _usable_folder(written)
            if config:  # the same is asked of the whole config before it is written, when it is late to think again
                alike = replace(config.pairs[0], name=name, folder=str(Path(usable).expanduser()), state_dir=None)
                check_pairs([*config.pairs, alike])
            return usable

        if self.given.folder is not None:
            return check(self.given.folder)
        return self.questions.text("Which folder", "--folder", f"~/backup/{name}", check)

    def _domain(self, bucket: str, credentials: Credentials, transport: TransportOptions) -> str:
        """Empty if each run is to find a domain by itself. A domain that will not last is never proposed."""
        if self.given.domain is not None:
            return "" if self.given.domain == AUTO else checked_value("host", self.given.domain, "--domain")
        places = self.session.engine().places(bucket, credentials, transport)
        lasting = any(domain.lasts for domain in places.domains)
        proposal = AUTO if lasting or not places.origin else places.origin
        if self.questions.possible:
            for line in place_lines(places):
                self.questions.tell(line)
        known = [AUTO, *(domain.domain for domain in places.domains), *([places.origin] if places.origin else [])]
        chosen = self.questions.choice("Where from", "--domain", known, proposal)
        return "" if chosen == AUTO else chosen

    def _schedule(self) -> str:
        def check(answer: str) -> str:
            return "" if answer.strip().lower() == NO_SCHEDULE else checked_value("schedule", answer, "--schedule")

        if self.given.schedule is not None:
            return check(self.given.schedule)
        if not self.questions.possible:
            return ""
        self.questions.tell(f"When it runs: daily 03:00, weekly sun 03:00, every 6h, 30 2 * * 1-5, or {NO_SCHEDULE}")
        return self.questions.text("When", "--schedule", "daily 03:00", check)


def _usable_folder(written: str) -> str:
    """A folder as it was written, if it is one or can become one."""
    checked_value("path", written, "--folder")
    place = Path(written).expanduser()
    if place.exists() and not place.is_dir():
        raise ConfigError(f"{written}: is a file, expected a folder")
    if not place.is_absolute() and not written.startswith("~"):
        return _absolute(written)
    return written


def _absolute(written: str) -> str:
    """The config may lie elsewhere, and relative paths in it count from there."""
    return str(Path.cwd() / Path(written).expanduser())

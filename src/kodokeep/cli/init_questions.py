"""The questions of `init`, with what the account itself answers: its buckets, their domains.

What belongs here: what is asked, and what is proposed. What does not: how questions look (`questions`), and what is
done with the answers (`cmd_init`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kodokeep.cli.accounts import Chosen
from kodokeep.cli.init_text import AUTO, NO_SCHEDULE, bucket_lines, mode_lines, place_lines
from kodokeep.cli.log_in import Keeping, log_in
from kodokeep.cli.output import say
from kodokeep.cli.questions import Questions
from kodokeep.cli.session import Session
from kodokeep.config import NewPair, checked_value
from kodokeep.credentials import Kept, Source, check_places, describe, usual_place
from kodokeep.errors import ConfigError, KodoError
from kodokeep.model.account import AccountOptions, speaks_tls
from kodokeep.model.cloud import BucketInfo
from kodokeep.model.options import Credentials, Mode, TransportOptions


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


@dataclass(frozen=True, slots=True)
class InitQuestions:
    """Asks for what no option says. `file` is where the config is, or is going to be."""

    session: Session
    questions: Questions
    given: Given
    file: Path

    def ask(self) -> NewPair:
        """All the answers. Raises ConfigError, KodoError, UsageError if one is missing and nobody is there."""
        account, transport = self._account()
        credentials = self._keys(account, transport)
        bucket = self._bucket(self._buckets(credentials, transport))
        name = self._name(bucket)
        mode = self._mode()
        return NewPair(
            name=name,
            bucket=bucket,
            folder=self._folder(name),
            mode=mode,
            domain="" if mode == Mode.PUBLISH else self._domain(bucket, credentials, transport),
            prefix=self.given.prefix or "",
            account=account.name,
            uc_host=self.given.uc_host or "",
            schedule=self._schedule(),
        )

    def _account(self) -> tuple[AccountOptions, TransportOptions]:
        """The account of the config if it has it, else a new one; and how to reach its cloud."""
        name = self.given.account or ""
        if name:
            checked_value("name", name, "--account")
        if self.given.uc_host:
            checked_value("host", self.given.uc_host, "--uc-host")
        config = replace(self.session, config_path=str(self.file)).config() if self.file.exists() else None
        account = config.accounts.get(name) if config else None
        account = account or AccountOptions(name)
        if self.given.uc_host and account.uc_host and account.uc_host != self.given.uc_host:
            raise ConfigError(
                f"--uc-host {self.given.uc_host}: {self.file} has uc_host = {account.uc_host} in {account.section}",
                hint="leave the option out, or give the other cloud an account of its own with --account",
            )
        uc_host = account.uc_host or self.given.uc_host
        transport = TransportOptions(uc_host=uc_host, https=speaks_tls(uc_host))
        return replace(account, uc_host=uc_host), transport

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
        where = Kept(self.given.store) if self.given.store else usual_place(account)
        return log_in(self.session, Chosen(account, transport), Keeping(where, check=True, remember=False))

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

    def _name(self, bucket: str) -> str:
        return self.given.name if self.given.name is not None else bucket

    def _mode(self) -> str:
        if self.given.mode is not None:
            return self.given.mode
        if self.questions.possible:
            for line in mode_lines():
                self.questions.tell(line)
        return self.questions.choice("Which way", "--mode", [str(mode) for mode in Mode], str(Mode.BACKUP))

    def _folder(self, name: str) -> str:
        if self.given.folder is not None:
            return _usable_folder(self.given.folder)
        return self.questions.text("Which folder", "--folder", f"~/backup/{name}", _usable_folder)

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
        question = f"When (daily 03:00, weekly sun 03:00, every 6h, a cron expression, or {NO_SCHEDULE})"
        return self.questions.text(question, "--schedule", "daily 03:00", check)


def _usable_folder(written: str) -> str:
    """A folder as it was written, if it is one or can become one; whether it overlaps others is seen later."""
    checked_value("path", written, "--folder")
    place = Path(written).expanduser()
    if place.exists() and not place.is_dir():
        raise ConfigError(f"{written}: is a file, expected a folder")
    if not place.is_absolute() and not written.startswith("~"):
        return str(Path.cwd() / written)  # the config may lie elsewhere, and relative paths count from there
    return written

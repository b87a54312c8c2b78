"""Where objects are fetched from: the origin and every bound domain, each really asked for one object."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kodokeep.doctor import age
from kodokeep.doctor.careful import carefully
from kodokeep.doctor.keys import NETWORK
from kodokeep.doctor.visit import Visit
from kodokeep.kodo.hosts import BucketHosts
from kodokeep.kodo.survey import Survey
from kodokeep.kodo.urls import base_url, host_of
from kodokeep.model.cloud import DomainInfo, DomainKind, Fetch, Trial, is_test_domain
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.finding import Finding, Level, failed, ok, warning
from kodokeep.model.options import PairOptions
from kodokeep.reporting.units import size

ORIGIN, DOMAIN, PLAIN_HTTP = "origin", "domain", "plain http"
PORTAL = "portal.qiniu.com > Kodo > the bucket > domains"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Ground:
    """What trials need to know. `private` None counts as private, as it does to runs."""

    pair: PairOptions
    survey: Survey
    hosts: BucketHosts
    sample: RemoteEntry | None
    private: bool | None

    @property
    def section(self) -> str:
        """Where the pair's options are."""
        return f"[bucket:{self.pair.name}]"

    @property
    def signs(self) -> bool:
        """True if domains are asked with a token."""
        return self.private is not False

    @property
    def instead(self) -> str:
        """The way on where a domain does not do."""
        if self.hosts.io_src:
            origin = host_of(self.hosts.io_src[0])
            return f"domain = {origin} in {self.section} fetches from the origin (billed as such)"
        return f"bind another at {PORTAL}, and set domain in {self.section}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A domain, as it is written where a run finds it, and whether runs use it."""

    domain: DomainInfo
    base: str
    used: bool

    @property
    def name(self) -> str:
        """Host and port."""
        return _host(self.domain.domain)

    @property
    def role(self) -> str:
        """What it is, for people."""
        kind = [] if self.domain.kind is DomainKind.UNKNOWN else [str(self.domain.kind)]
        told = [*kind, *([] if self.used else ["not used by runs"])]
        return f" ({', '.join(told)})" if told else ""

    def bad(self, finding: Finding) -> Finding:
        """What runs do not use may be out of order: that is a warning."""
        if self.used or finding.level is not Level.FAILED:
            return finding
        return warning(finding.check, finding.detail, finding.mend)


def examine(visit: Visit, ground: Ground) -> Iterator[Finding]:
    """The origin first: it has the true bytes that the others are measured by."""
    yield from carefully(ORIGIN, lambda: _origin(ground), f"look at {PORTAL}")
    yield from carefully(DOMAIN, lambda: _domains(visit, ground), f"look at {PORTAL}")


def _origin(ground: Ground) -> Iterator[Finding]:
    if not ground.hosts.io_src:
        yield ok(ORIGIN, "this cloud names none; objects come through domains only")
        return
    trial = _tried(ground, ground.hosts.io_src[0], signed=True)
    if trial.fetch in (Fetch.SAME, Fetch.UNCOMPARED):
        yield ok(ORIGIN, _worked(ground, trial))
    elif trial.fetch in (Fetch.STALE, Fetch.ALTERED):
        detail = f"{trial.host}: the object does not come as it is listed: {trial.detail}"
        yield failed(ORIGIN, detail, "was it changed just now? look again; if it stays so, ask Qiniu's support")
    elif trial.untrusted:
        yield failed(ORIGIN, _failure(trial), "behind a proxy that looks into TLS: ca_file = its certificate authority")
    elif trial.fetch is Fetch.UNREACHABLE:
        yield failed(ORIGIN, _failure(trial), NETWORK)
    else:
        yield failed(ORIGIN, _failure(trial), "may these keys read objects? else ask Qiniu's support")


def _domains(visit: Visit, ground: Ground) -> Iterator[Finding]:
    bound = ground.survey.domains()
    used = ground.pair.domain or next((each.domain for each in bound if not each.frozen), None)
    origin = {host_of(base) for base in ground.hosts.io_src}
    if used is None:
        detail = "none is bound that works: objects come from the origin, at its price"
        yield warning(DOMAIN, detail, f"bind one at {PORTAL}, or leave it so")
    elif _host(used) in origin:
        yield ok(DOMAIN, f"{_host(used)} is the origin itself: runs fetch from there")
    elif _host(used) not in {_host(each.domain) for each in bound}:
        bound = [*bound, DomainInfo(used)]
    for each in bound:
        uses = used is not None and _host(each.domain) == _host(used)
        yield from _one(visit, ground, Candidate(each, used if uses and used else each.domain, uses))


def _one(visit: Visit, ground: Ground, candidate: Candidate) -> Iterator[Finding]:
    """All about one domain."""
    if candidate.domain.frozen:
        detail = f"{candidate.name}: frozen by Qiniu, it serves nothing"
        yield candidate.bad(failed(DOMAIN, detail, f"why is told at {PORTAL}"))
    else:
        trial = _tried(ground, candidate.base, signed=ground.signs)
        yield from _judged(ground, candidate, trial)
        yield from _secured(visit, ground, candidate, trial)
    if is_test_domain(candidate.name):
        instead = ground.instead if candidate.used else f"bind a domain of your own at {PORTAL}"
        yield candidate.bad(age.test_domain(candidate.domain, visit.now_s(), instead))


def _judged(ground: Ground, candidate: Candidate, trial: Trial) -> Iterator[Finding]:
    match trial.fetch:
        case Fetch.SAME | Fetch.UNCOMPARED:
            yield ok(DOMAIN, f"{_worked(ground, trial)}{candidate.role}")
        case Fetch.STALE:
            detail = f"{trial.host}: serves an older copy of an object than the bucket has{candidate.role}"
            refresh = f"refresh its cache at portal.qiniu.com > CDN > refresh; or {ground.instead}"
            yield warning(DOMAIN, detail, refresh)
        case Fetch.ALTERED:
            detail = f"{trial.host}: alters what it serves: {trial.detail}{candidate.role}"
            switch_off = f"switch image slimming and compression off in its settings; or {ground.instead}"
            yield warning(DOMAIN, detail, switch_off)
        case _ if trial.untrusted:
            return  # told of the certificate
        case _:
            yield _out_of_order(ground, candidate, trial)


def _out_of_order(ground: Ground, candidate: Candidate, trial: Trial) -> Finding:
    """A domain that does not speak TLS may do without, as Qiniu's own test domains do."""
    detail = f"{_failure(trial)}{candidate.role}"
    plain = f"http://{candidate.name}"
    secure = base_url(candidate.base, ground.survey.scheme).startswith("https://")
    in_clear = secure and trial.status == 0 and ground.survey.knock(plain).fetch is not Fetch.UNREACHABLE
    if in_clear and not candidate.used:
        return ok(DOMAIN, f"{candidate.name}: answers without TLS only{candidate.role}")
    if in_clear:
        way = f"it answers without TLS, in clear: domain = {plain} in {ground.section}; or {ground.instead}"
        return failed(DOMAIN, detail, way)
    if not candidate.used:
        return warning(DOMAIN, detail, f"unbind it at {PORTAL}, if nobody needs it")
    return failed(DOMAIN, detail, _way_out(ground, trial))


def _way_out(ground: Ground, trial: Trial) -> str:
    if trial.status in (401, 403):
        return f"its referer list or anti-leech may refuse kodokeep: see its settings; or {ground.instead}"
    return ground.instead


def _secured(visit: Visit, ground: Ground, candidate: Candidate, trial: Trial) -> Iterator[Finding]:
    """The end of a certificate; and whether there is TLS where plain http is used although it need not be."""
    name = candidate.name
    url = base_url(candidate.base, ground.survey.scheme)
    if url.startswith("https://"):
        if trial.status or trial.untrusted:
            shown = ground.survey.certificate(url)
            if trial.untrusted and not shown.error:  # it was changed between the two looks
                shown = replace(shown, error=trial.detail)
            yield from map(candidate.bad, age.certificate(name, shown, visit.now_s()))
    elif trial.status and ":" not in name and name not in LOOPBACK:
        found = ground.survey.certificate(name)
        if not found.error:
            detail = f"{name}: contents travel in clear although it speaks https"
            yield warning(PLAIN_HTTP, detail, f"domain = https://{name} in {ground.section}")
            yield from map(candidate.bad, age.certificate(name, found, visit.now_s()))


def _tried(ground: Ground, base: str, *, signed: bool) -> Trial:
    if ground.sample is not None:
        return ground.survey.fetch(base, ground.sample, signed=signed)
    knocked = ground.survey.knock(base)
    answered = knocked.fetch in (Fetch.REFUSED, Fetch.UNCOMPARED)
    return Trial(knocked.host, Fetch.UNCOMPARED, knocked.status, knocked.took_s) if answered else knocked


def _worked(ground: Ground, trial: Trial) -> str:
    took = f"{trial.took_s * 1000:.0f} ms"
    if ground.sample is None:
        return f"{trial.host}: answers in {took}; no object was fetched for a try"
    what = "an image" if ground.sample.mime.startswith("image/") else "an object"
    if trial.fetch is Fetch.UNCOMPARED:
        return f"{trial.host}: gives {what} in {took}; {trial.detail}"
    return f"{trial.host}: {what} of {size(ground.sample.size_bytes)} comes as it is listed, in {took}"


def _failure(trial: Trial) -> str:
    return trial.detail if trial.detail.startswith("no answer from") else f"{trial.host}: {trial.detail}"


def _host(domain: str) -> str:
    """Name and port, whatever scheme is written before them."""
    return host_of(base_url(domain, "https")).lower()

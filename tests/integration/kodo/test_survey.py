"""A survey: a bucket's hosts, domains and objects, and our clock, looked at one by one."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from kodokeep.errors import BucketUnknown, Interrupted, SignInRefused
from kodokeep.kodo.bucket import Tuning
from kodokeep.kodo.retry import Retry
from kodokeep.kodo.survey import Survey
from kodokeep.kodo.transport import Patience
from kodokeep.model.cloud import DomainInfo, DomainKind, Fetch, ObjectsSeen
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.options import Credentials, TransportOptions
from tests.e2e.relay import relay
from tests.integration.kodo.conftest import PRIVATE, PUBLIC, World, content
from tests.names_proxy import names_proxy

AT_ONCE = Tuning(retry=Retry(2, longest_wait_s=0), patience=Patience(5, 5))
NAME = "img.example.com"


def survey(world: World, bucket: str = PUBLIC, options: TransportOptions | None = None) -> Survey:
    keys = Credentials(world.emulator.access_key, world.emulator.secret_key)
    return Survey(bucket, keys, options or world.options(), tuning=AT_ONCE)


def domain(world: World, bucket: str = PUBLIC) -> str:
    return world.emulator.domain(bucket).removeprefix("http://")


def entry(world: World, name: str, bucket: str = PUBLIC) -> RemoteEntry:
    found = world.bucket(bucket).stat(world.prefix + name)
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def _own_domains(world: World) -> Iterator[None]:
    yield
    world.emulator.domains(PUBLIC, None)


def test_every_host_answers(world: World) -> None:
    surveyed = survey(world)
    assert surveyed.hosts().region == "z0"
    answers = surveyed.answers()
    assert {answer.service for answer in answers} == {"uc", "up", "io_src"}, "one port serves uc, rs and rsf"
    assert all(answer.error == "" for answer in answers)


def test_a_dead_host_is_named_beside_those_that_answer(world: World) -> None:
    world.emulator.faults([{"dead_domain": "rsf"}])
    with names_proxy({}) as proxy:
        answers = survey(world, options=world.options(proxy=proxy)).answers()
    errors = {answer.service: answer.error for answer in answers}
    assert "is not Kodo's" in errors["rsf"]
    assert errors["uc"] == errors["io_src"] == ""


def test_an_unknown_bucket_and_unknown_keys_are_told_at_once(world: World) -> None:
    with pytest.raises(BucketUnknown):
        survey(world, "nobodys").hosts()
    with pytest.raises(SignInRefused):
        Survey(PUBLIC, Credentials("who", "sk"), world.options(), tuning=AT_ONCE).hosts()


def test_domains_with_kind_age_and_freeze(world: World) -> None:
    world.emulator.domains(
        PUBLIC,
        [
            {"domain": NAME, "ctime": 1_700_000_000, "domaintype": 0},
            {"domain": "origin.example.com", "domaintype": 1, "freeze_types": ["icp"], "ctime": 17_000_000_000_000_000},
            {"domain": ".wildcard.example.com"},
            {"domain": "s3.example.com", "apiscope": 1},
        ],
    )
    assert survey(world).domains() == [
        DomainInfo(NAME, DomainKind.CDN, 1_700_000_000),
        DomainInfo("origin.example.com", DomainKind.SOURCE, None, frozen=True),
    ]


def test_a_cloud_that_only_knows_names_of_domains(world: World) -> None:
    world.emulator.faults([{"path": "^/v3/domains", "status": 404}])
    assert survey(world).domains() == [DomainInfo(domain(world))]


def test_privacy(world: World) -> None:
    assert (survey(world).private(), survey(world, PRIVATE).private()) == (False, True)


def test_objects_are_counted_and_the_best_one_is_kept_for_a_try(world: World) -> None:
    world.put("small.png", content(9), mime="image/png")
    picture = world.put("large.jpg", content(9000), mime="image/jpeg")
    world.put("text", content(90_000), mime="text/plain")
    for key, kind in (("frozen", 3), ("thawed", 2)):
        world.emulator.chtype(PUBLIC, world.put(key, content(500_000, 7), mime="image/png"), kind)
    world.emulator.restore(PUBLIC, f"{world.prefix}thawed")
    world.emulator.status(PUBLIC, world.put("off", content(600_000), mime="image/png"), disabled=True)
    world.emulator.clock(elapsed_s=86_400 / 2)
    seen = survey(world).objects(world.prefix, most=100)
    assert seen == ObjectsSeen(6, 1, 1, complete=True, sample=seen.sample)
    assert seen.sample is not None
    assert seen.sample.key in {picture, f"{world.prefix}thawed"}


def test_a_bounded_look_says_that_there_is_more(world: World) -> None:
    for number in range(4):
        world.put(str(number), b"x")
    assert not survey(world).objects(world.prefix, most=3).complete
    assert survey(world).objects(world.prefix, most=4) == ObjectsSeen(4, 0, 0, complete=True, sample=entry(world, "0"))


def test_an_object_that_comes_as_it_is_listed(world: World) -> None:
    world.put("k", content(3000))
    trial = survey(world).fetch(domain(world), entry(world, "k"), signed=False)
    assert (trial.fetch, trial.status, trial.detail, trial.host) == (Fetch.SAME, 200, "", domain(world))


@pytest.mark.parametrize(
    ("fault", "fetch", "told"),
    [
        ({"alter_at": 10}, Fetch.ALTERED, "expected hash"),
        ({"short_length": 10}, Fetch.ALTERED, "expected size"),
        ({"stale": True}, Fetch.STALE, "expected"),
        ({"gzip": True}, Fetch.ALTERED, "compressed"),
        ({"status": 502}, Fetch.UNREACHABLE, "502"),
        ({"token_expired": True}, Fetch.REFUSED, "401"),
        ({"reset_at": 0}, Fetch.UNREACHABLE, "no answer from"),
        ({"html_200": True}, Fetch.ALTERED, "expected size"),
    ],
)
def test_what_a_domain_can_do_to_an_object(world: World, fault: dict[str, object], fetch: Fetch, told: str) -> None:
    world.put("k", content(2000))
    world.put("k", content(3000, seed=2))
    remote = entry(world, "k")
    world.emulator.faults([{"host": "io", **fault}])
    trial = survey(world).fetch(domain(world), remote, signed=True)
    assert trial.fetch is fetch
    assert told in trial.detail
    assert "token=" not in trial.detail


def test_a_private_bucket_wants_a_signature(world: World) -> None:
    world.put("k", content(3000), bucket=PRIVATE)
    remote = entry(world, "k", PRIVATE)
    surveyed = survey(world, PRIVATE)
    assert surveyed.fetch(domain(world, PRIVATE), remote, signed=False).fetch is Fetch.REFUSED
    assert surveyed.fetch(domain(world, PRIVATE), remote, signed=True).fetch is Fetch.SAME
    assert surveyed.fetch(world.emulator.io_src(PRIVATE), remote, signed=True).fetch is Fetch.SAME


def test_a_large_object_is_not_fetched_whole(world: World) -> None:
    world.put("k", bytes(9 * 1024 * 1024))
    trial = survey(world).fetch(domain(world), entry(world, "k"), signed=False)
    assert trial.fetch is Fetch.UNCOMPARED
    assert "too large" in trial.detail


def test_an_empty_bucket_can_be_knocked_at(world: World) -> None:
    assert survey(world).knock(domain(world)).status in {200, 404}
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert survey(world).knock(f"127.0.0.1:{nobody.getsockname()[1]}").fetch is Fetch.UNREACHABLE


@pytest.fixture
def https(world: World, tmp_path: Path) -> Iterator[tuple[trustme.CA, TransportOptions]]:
    """A real name with TLS in front of the public bucket; its certificate is good for ten days."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ends = datetime.now(UTC) + timedelta(days=10)
    authority.issue_cert(NAME, not_after=ends).configure_cert(context)
    port = urlsplit(world.emulator.domain(PUBLIC)).port
    assert port is not None
    with ExitStack() as stack:
        tls = stack.enter_context(relay(port, context))
        proxy = stack.enter_context(names_proxy({f"{NAME}:80": port, f"{NAME}:443": tls.port}))
        yield authority, world.options(proxy=proxy, ca_file=str(tmp_path / "ca.pem"))


def test_the_end_of_a_certificate(world: World, https: tuple[trustme.CA, TransportOptions]) -> None:
    surveyed = survey(world, options=https[1])
    certificate = surveyed.certificate(NAME)
    assert certificate.error == ""
    assert certificate.ends_s == pytest.approx(datetime.now(UTC).timestamp() + 10 * 86_400, abs=60)
    world.put("k", content(3000))
    assert surveyed.fetch(f"https://{NAME}", entry(world, "k"), signed=True).fetch is Fetch.SAME
    assert surveyed.fetch(NAME, entry(world, "k"), signed=True).fetch is Fetch.SAME, "plain, by its name"


def test_a_certificate_that_nobody_vouches_for_is_looked_at_and_not_trusted(
    world: World, https: tuple[trustme.CA, TransportOptions], tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    surveyed = survey(world, options=world.options(proxy=https[1].proxy, ca_file=str(tmp_path / "other.pem")))
    certificate = surveyed.certificate(NAME)
    assert "certificate" in certificate.error
    assert certificate.ends_s is not None
    world.put("k", content(30))
    world.emulator.clear_log()
    trial = surveyed.fetch(f"https://{NAME}", entry(world, "k"), signed=True)
    assert (trial.fetch, trial.untrusted) == (Fetch.UNREACHABLE, True)
    assert world.requests_of("io") == [], "not a byte of the request was sent"


def test_a_name_without_tls_has_no_certificate(world: World) -> None:
    certificate = survey(world).certificate(domain(world))
    assert certificate.ends_s is None
    assert certificate.error


def test_it_can_be_broken_off(world: World) -> None:
    stopped = threading.Event()
    keys = Credentials(world.emulator.access_key, world.emulator.secret_key)
    surveyed = Survey(PUBLIC, keys, world.options(), tuning=AT_ONCE, cancel=stopped)
    surveyed.hosts()
    stopped.set()
    for ask in (surveyed.answers, surveyed.domains, surveyed.private):
        with pytest.raises(Interrupted):
            ask()

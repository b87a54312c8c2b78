"""The doctor and the domains of a bucket: real names, with and without TLS, that lie, end or are dead.

A proxy on loopback knows what the names stand for.
"""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from kodokeep.doctor import domains
from kodokeep.doctor.domains import Candidate, Ground
from kodokeep.kodo.hosts import BucketHosts
from kodokeep.kodo.survey import Survey
from kodokeep.model.cloud import DomainInfo
from kodokeep.model.finding import Level
from kodokeep.model.options import Credentials, PairOptions, TransportOptions
from tests.e2e.diagnosis import Diagnosis, doctor
from tests.e2e.kit import World
from tests.e2e.relay import relay
from tests.names_proxy import names_proxy

OWN, LENT = "img.example.com", "abc.bkt.clouddn.com"
DAY_S = 86_400
PICTURE = bytes(range(256)) * 20


class Names:
    """The names that lead to the world's bucket, and the config that finds them."""

    def __init__(self, world: World, stack: ExitStack, root: Path) -> None:
        world.put("old.png", b"an older picture", mime="image/png")
        world.put("old.png", PICTURE, mime="image/png")
        self.world = world
        port = urlsplit(world.emulator.domain(world.bucket)).port
        assert port is not None
        self._port = port
        self._stack = stack
        self._root = root
        self.ports: dict[str, int] = {f"{OWN}:80": port, f"{LENT}:80": port}
        self.proxy = stack.enter_context(names_proxy(self.ports))
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(root / "ca.pem")

    def bind(self, *domains: dict[str, Any]) -> None:
        """What the bucket's list of domains tells."""
        self.world.emulator.domains(self.world.bucket, domains)

    def secure(self, name: str, *, days: float = 200, authority: trustme.CA | None = None) -> None:
        """Let a name speak TLS with a certificate that is good for so long."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        now = datetime.now(UTC)
        leaf = (authority or self.authority).issue_cert(
            name, not_before=now - timedelta(days=300), not_after=now + timedelta(days=days)
        )
        leaf.configure_cert(context)
        self.ports[f"{name}:443"] = self._stack.enter_context(relay(self._port, context)).port

    def visit(self, **options: object) -> Diagnosis:
        """A quick visit through the proxy."""
        self.world.configure(proxy=self.proxy, ca_file=self._root / "ca.pem", **options)
        return doctor(self.world, "--quick")


@pytest.fixture
def names(world: World, tmp_path: Path) -> Iterator[Names]:
    with ExitStack() as stack:
        yield Names(world, stack, tmp_path)
    world.emulator.domains(world.bucket, None)


def test_a_domain_of_ones_own_with_a_certificate(names: Names) -> None:
    names.bind({"domain": OWN, "domaintype": 0})
    names.secure(OWN)
    found = names.visit(domain=f"https://{OWN}")
    assert found.level("domain") == found.level("certificate") == "ok"
    assert f"{OWN}: an image of 5.0 KiB comes as it is listed" in found.told("domain")
    assert "(cdn)" in found.told("domain")
    assert "for 199 days" in found.told("certificate")
    assert not found.of("test domain")


@pytest.mark.parametrize(("days", "level", "told"), [(5.5, "warning", "in 5 days"), (-3, "failed", "ended on")])
def test_a_certificate_near_its_end_and_past_it(names: Names, days: float, level: str, told: str) -> None:
    names.bind({"domain": OWN})
    names.secure(OWN, days=days)
    found = names.visit(domain=f"https://{OWN}")
    assert found.level("certificate") == level
    assert told in found.told("certificate")
    assert "renew" in found.told("certificate")


def test_a_certificate_that_nobody_vouches_for(names: Names) -> None:
    names.bind({"domain": OWN})
    names.secure(OWN, authority=trustme.CA())
    found = names.visit(domain=f"https://{OWN}")
    assert found.level("certificate") == "failed"
    assert "ca_file" in found.told("certificate")


def test_plain_http_where_https_works(names: Names) -> None:
    names.bind({"domain": OWN})
    names.secure(OWN)
    found = names.visit()
    assert found.level("domain") == "ok"
    assert f"domain = https://{OWN} in [bucket:photos]" in found.told("plain http")


def test_https_where_only_http_works(names: Names) -> None:
    """Qiniu's own test domains are so."""
    names.bind({"domain": OWN})
    found = names.visit(domain=f"https://{OWN}")
    assert found.level("domain") == "failed"
    assert f"domain = http://{OWN}" in found.told("domain")
    plain = [line for line in found.result.downloads() if line["host"] == "io"]
    assert [line["target"] for line in plain] == ["/"], "no token travels in clear where https is asked for"


@pytest.mark.parametrize(
    ("name", "used", "level", "told"),
    [
        (OWN, True, Level.FAILED, f"domain = http://{OWN}"),
        (OWN, False, Level.OK, "answers without TLS only"),
        ("gone.example.com", False, Level.WARNING, "unbind it"),
    ],
)
def test_domains_without_tls_in_a_cloud_that_is_asked_over_https(
    names: Names, name: str, used: bool, level: Level, told: str
) -> None:
    keys = Credentials(names.world.emulator.access_key, names.world.emulator.secret_key)
    survey = Survey(names.world.bucket, keys, TransportOptions(uc_host="https://uc.example.com", proxy=names.proxy))
    pair = PairOptions("photos", names.world.bucket, "", "/nowhere")
    ground = Ground(pair, survey, BucketHosts((), (), (), ()), None, private=False)
    candidate = Candidate(DomainInfo(name), name, used)
    (finding,) = domains._judged(ground, candidate, survey.knock(name))
    assert finding.level is level
    assert told in finding.detail + finding.mend


@pytest.mark.parametrize(("days", "level", "told"), [(23.5, "warning", "6 days left"), (31, "failed", "were over on")])
def test_a_test_domain_tells_how_long_it_lives(names: Names, days: float, level: str, told: str) -> None:
    names.bind({"domain": LENT, "ctime": int(time.time() - days * DAY_S)})
    found = names.visit()
    assert found.level("domain") == "ok", "it still works"
    assert found.level("test domain") == level
    assert told in found.told("test domain")
    origin = names.world.emulator.io_src(names.world.bucket).removeprefix("http://")
    assert f"domain = {origin} in [bucket:photos]" in found.told("test domain")


def test_a_test_domain_that_was_taken_away(names: Names) -> None:
    names.bind({"domain": "gone.clouddn.com", "ctime": int(time.time() - 40 * DAY_S)}, {"domain": OWN})
    found = names.visit()
    assert [each["level"] for each in found.of("domain")] == ["failed", "ok"]
    assert found.level("test domain") == "failed"
    assert "gone.clouddn.com" in found.told("domain")


def test_domains_that_runs_do_not_use_are_no_failures(names: Names) -> None:
    names.bind(
        {"domain": OWN},
        {"domain": "gone.example.com", "domaintype": 0},
        {"domain": "cold.example.com", "freeze_types": ["icp"]},
    )
    found = names.visit()
    assert [each["level"] for each in found.of("domain")] == ["ok", "warning", "warning"]
    assert "not used by runs" in found.told("domain")
    assert "cold.example.com: frozen" in found.told("domain")
    assert found.result.exit == 0


def test_a_frozen_domain_that_is_asked_for(names: Names) -> None:
    names.bind({"domain": OWN, "freeze_types": ["icp"]})
    found = names.visit(domain=OWN)
    assert found.level("domain") == "failed"


def test_a_domain_that_is_in_no_list_is_tried_all_the_same(names: Names) -> None:
    names.bind()
    assert names.visit(domain=OWN).level("domain") == "ok"
    assert names.visit().level("domain") == "warning", "none is bound"


def test_the_origin_as_domain(names: Names) -> None:
    found = names.visit(domain=names.world.emulator.io_src(names.world.bucket))
    assert "is the origin itself" in found.told("domain")


@pytest.mark.parametrize(
    ("fault", "level", "told"),
    [
        ({"alter_at": 7}, "warning", "image slimming"),
        ({"gzip": True}, "warning", "compressed (gzip)"),
        ({"stale": True}, "warning", "an older copy"),
        ({"status": 403, "body": '{"error":"referer denied"}'}, "failed", "referer list"),
        ({"status": 404, "body": '{"error":"no such domain"}'}, "failed", "404"),
        ({"token_expired": True}, "failed", "401"),
        ({"status": 502}, "failed", "502"),
        ({"reset_at": 0}, "failed", "no answer from"),
    ],
)
def test_a_domain_that_does_not_give_what_is_listed(
    make_world: Callable[..., World], tmp_path: Path, fault: dict[str, object], level: str, told: str
) -> None:
    world = make_world(private=True)
    with ExitStack() as stack:
        names = Names(world, stack, tmp_path)
        world.emulator.faults([{"host": "io", **fault}])
        found = names.visit()
    assert found.level("domain") == level
    assert told in found.told("domain")
    assert found.level("origin") == "ok"
    assert "domain = " in found.told("domain"), "the way on"


def test_an_origin_that_does_not_give_what_is_listed(names: Names) -> None:
    names.world.emulator.faults([{"host": "io_src", "alter_at": 3}])
    assert names.visit().level("origin") == "failed"

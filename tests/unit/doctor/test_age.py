"""What comes to an end by itself: how long it lasts, and when that is a warning or a failure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.doctor import age
from kodokeep.model.cloud import Certificate, DomainInfo, is_test_domain
from kodokeep.model.finding import Level

NOW_S = 1_800_000_000.0
DAY_S = 86_400
MEND = "bind another"


@pytest.mark.parametrize(
    "name",
    [
        "abc123.bkt.clouddn.com", "7xk.com1.z0.glb.clouddn.com", "x.qiniudn.com", "x.qiniucdn.com", "x.qnssl.com",
        "x.qbox.me", "HTTP://ABC.HN-BKT.CLOUDDN.COM", "http://abc.clouddn.com:80/",
    ],
)  # fmt: skip
def test_names_that_qiniu_lends(name: str) -> None:
    assert is_test_domain(name)


@pytest.mark.parametrize("name", ["img.example.com", "clouddn.com.example.com", "photos.kodo-cn-east-1.qiniucs.com"])
def test_names_of_ones_own(name: str) -> None:
    assert not is_test_domain(name)


def lent(days_ago: float) -> DomainInfo:
    return DomainInfo("x.clouddn.com", created_s=NOW_S - days_ago * DAY_S)


@pytest.mark.parametrize(
    ("days_ago", "level", "told"),
    [
        (0, Level.WARNING, "30 days left"),
        (28.5, Level.WARNING, "1 day left"),
        (29.5, Level.WARNING, "less than a day left"),
        (30, Level.FAILED, "were over on 2027-01-15"),
        (400, Level.FAILED, "were over on"),
    ],
)
def test_the_life_of_a_test_domain(days_ago: float, level: Level, told: str) -> None:
    finding = age.test_domain(lent(days_ago), NOW_S, MEND)
    assert finding.level is level
    assert told in finding.detail
    assert finding.mend == MEND


def test_a_test_domain_of_unknown_age_is_a_warning() -> None:
    finding = age.test_domain(DomainInfo("x.clouddn.com"), NOW_S, MEND)
    assert finding.level is Level.WARNING
    assert "30 days" in finding.detail


@pytest.mark.parametrize(
    ("days", "error", "level", "told"),
    [
        (200, "", Level.OK, "for 200 days"),
        (13.5, "", Level.WARNING, "in 13 days"),
        (-1, "", Level.FAILED, "ended on 2027-01-14"),
        (-1, "certificate has expired", Level.FAILED, "ended on"),
        (200, "self-signed certificate", Level.FAILED, "self-signed"),
        (None, "no TLS here", Level.FAILED, "no TLS here"),
    ],
)
def test_the_end_of_a_certificate(days: float | None, error: str, level: Level, told: str) -> None:
    shown = Certificate(None if days is None else NOW_S + days * DAY_S, error)
    (finding,) = age.certificate("img.example.com", shown, NOW_S)
    assert finding.level is level
    assert told in finding.detail
    assert bool(finding.mend) is (level is not Level.OK)


@given(st.floats(min_value=-1000, max_value=1000), st.floats(min_value=0, max_value=100))
def test_waiting_never_makes_it_better(days: float, later: float) -> None:
    order = [Level.OK, Level.WARNING, Level.FAILED]
    shown = Certificate(NOW_S + days * DAY_S)
    (now,), (then,) = (age.certificate("a.b", shown, at_s) for at_s in (NOW_S, NOW_S + later * DAY_S))
    assert order.index(then.level) >= order.index(now.level)
    early, late = (age.test_domain(lent(days), at_s, MEND) for at_s in (NOW_S, NOW_S + later * DAY_S))
    assert order.index(late.level) >= order.index(early.level)

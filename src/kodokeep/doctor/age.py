"""What comes to an end by itself: certificates, and the test domains that Qiniu gives to new buckets. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime

from kodokeep.model.cloud import Certificate, DomainInfo, bare
from kodokeep.model.finding import Finding, failed, ok, warning

TEST_DOMAIN, CERTIFICATE = "test domain", "certificate"

TEST_LIFE_S = 30 * 86_400
"""A test domain is taken away so long after it was made; before that it gives 10 GB a day (the same mail)."""

RENEW_S = 14 * 86_400
DAY_S = 86_400


def test_domain(domain: DomainInfo, now_s: float, mend: str) -> Finding:
    """How long a test domain still lives. At its end runs fail, or fetch from somewhere else."""
    name = bare(domain.domain)
    rule = "Qiniu takes it away 30 days after it was made, and gives 10 GB a day until then"
    if domain.created_s is None:
        return warning(TEST_DOMAIN, f"{name}: {rule}; when it was made is not known", mend)
    left_s = domain.created_s + TEST_LIFE_S - now_s
    if left_s <= 0:
        return failed(TEST_DOMAIN, f"{name}: its 30 days were over on {_date(domain.created_s + TEST_LIFE_S)}", mend)
    return warning(TEST_DOMAIN, f"{name}: {_days(left_s)} left; {rule}", mend)


def certificate(name: str, shown: Certificate, now_s: float) -> Iterator[Finding]:
    """How long a certificate is good; nothing if no end is known of one that is trusted."""
    renew = "renew it where it was made; one of Qiniu's: portal.qiniu.com > SSL certificates"
    if shown.ends_s is not None and shown.ends_s <= now_s:
        yield failed(CERTIFICATE, f"{name}: ended on {_date(shown.ends_s)}", renew)
    elif shown.error:
        trust = "put a certificate there that is for this name; a certificate authority of your own: ca_file = FILE"
        yield failed(CERTIFICATE, f"{name}: {shown.error}", trust)
    elif shown.ends_s is not None and shown.ends_s - now_s < RENEW_S:
        yield warning(CERTIFICATE, f"{name}: ends on {_date(shown.ends_s)}, in {_days(shown.ends_s - now_s)}", renew)
    elif shown.ends_s is not None:
        yield ok(CERTIFICATE, f"{name}: good until {_date(shown.ends_s)}, for {_days(shown.ends_s - now_s)}")


def _date(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d")


def _days(left_s: float) -> str:
    days = int(left_s // DAY_S)
    return "less than a day" if days == 0 else "1 day" if days == 1 else f"{days:,} days"

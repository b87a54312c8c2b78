"""Heartbeats: a URL is fetched, and whoever is there notices when that stops. Only its host is ever told.

Made for Healthchecks and what understands the same: the URL itself is a success, `/start` and `/fail` are what they
say.
"""

import logging
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, TimeoutError  # noqa: A004 - theirs

from kodokeep import __version__
from kodokeep.alerts.delivery import NotDelivered
from kodokeep.alerts.reasons import cause_in

TIMEOUT_S = 10.0
RETRIES = 3
_BACKOFF_S = 0.5
_RETRIED = (429, 500, 502, 503, 504)
_REDIRECTS = 3

logging.getLogger("urllib3").propagate = False
"""What it says of retries holds the URL."""


def beat(url: str, *, retries: int = RETRIES) -> None:
    """Fetch the URL. Raises NotDelivered with the host and the reason."""
    policy = urllib3.Retry(
        total=retries + _REDIRECTS,
        connect=retries,
        read=retries,
        status=retries,
        redirect=_REDIRECTS,
        status_forcelist=_RETRIED,
        backoff_factor=_BACKOFF_S,
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    status = _status("GET", url, policy)
    if not 200 <= status < 300:
        raise NotDelivered(f"{_host(url)}: answered {status}")


def reach(url: str) -> None:
    """Find out whether the host of a heartbeat answers, whatever it says to a question for its root.

    Raises NotDelivered with the host and the reason.
    """
    parts = urlsplit(url)
    _status("HEAD", f"{parts.scheme}://{parts.netloc}/", urllib3.Retry(total=0, redirect=False))


def _host(url: str) -> str:
    return urlsplit(url).hostname or "the host"


def _status(method: str, url: str, policy: urllib3.Retry) -> int:
    try:
        with _pool(url, _host(url)) as pool:
            return pool.request(method, url, retries=policy, timeout=TIMEOUT_S).status
    except HTTPError as error:
        raise NotDelivered(f"{_host(url)}: {_reason(error)}") from None


def _pool(url: str, host: str) -> urllib3.PoolManager:
    """Certificates are checked against those that the system trusts; proxies are those of the environment."""
    headers = {"User-Agent": f"kodokeep/{__version__}"}
    proxy = getproxies().get(urlsplit(url).scheme)
    if proxy and not proxy_bypass(host):
        # Without a scheme, as curl takes it, too.
        return urllib3.ProxyManager(proxy if "://" in proxy else f"http://{proxy}", headers=headers)
    return urllib3.PoolManager(headers=headers)


def _reason(error: HTTPError) -> str:
    """Not the text of the error itself, which may hold the URL."""
    cause = error.reason if isinstance(error, MaxRetryError) and error.reason is not None else error
    if isinstance(cause, TimeoutError) and not isinstance(cause, NewConnectionError):
        return f"no answer within {TIMEOUT_S:g} s"
    return cause_in(str(cause)) or f"cannot be reached ({type(cause).__name__})"

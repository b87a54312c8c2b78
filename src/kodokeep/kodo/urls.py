"""How keys, entries and hosts become URLs.

What belongs here: spelling. What does not: which host to use (`hosts`, `sources`), tokens (`signing`).
"""

import base64
from urllib.parse import quote, urlencode, urlsplit


def encoded_key(key: str) -> str:
    """A key as a URL path: every reserved byte is encoded, `/` stays, nothing is normalised (protocol §6.1)."""
    return quote(key, safe="/")


def encoded_entry(bucket: str, key: str) -> str:
    """EncodedEntryURI; `bucket:` stands for the empty key (protocol §0)."""
    return base64.urlsafe_b64encode(f"{bucket}:{key}".encode()).decode("ascii")


def stat_target(bucket: str, key: str) -> str:
    """Path and query of a stat that tells part sizes, too (protocol §4)."""
    return f"/stat/{encoded_entry(bucket, key)}?needparts=true"


def uploads_target(bucket: str, key: str) -> str:
    """Path of the resumable uploads of a key; that of the empty key is an empty segment (protocol §5.3)."""
    return f"/buckets/{bucket}/objects/{base64.urlsafe_b64encode(key.encode()).decode('ascii')}/uploads"


def query(**parameters: str | int) -> str:
    """A query string with every reserved character encoded."""
    return urlencode(parameters, quote_via=quote, safe="")


def base_url(host: str, scheme: str) -> str:
    """`scheme://host` without a slash at the end; a scheme that the host already has wins."""
    host = host.strip().rstrip("/")
    return host if "://" in host else f"{scheme}://{host}"


def host_of(url: str) -> str:
    """Host and port of a URL, for messages and signatures."""
    return urlsplit(url).netloc

"""The uc host: settings that are one value each (protocol §1.5). Lists of rules are in modules of their own."""

import contextlib
import re
from urllib.parse import urlsplit

import msgspec

from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.uc_registry import Registry
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.arguments import document, encoded_text, integer, invalid, named_segments
from kodo_emulator.protocol.replies import empty_response, json_response
from kodo_emulator.store.interface import DEFAULT_MAX_AGE_S, RefererRules

MAX_REMARK_CHARACTERS = 100

_MAX_INT32 = 2**31 - 1
_MAX_INT64 = 2**63 - 1
_REFERER_PARAMETERS = ("bucket", "mode", "norefer", "pattern", "source_enabled")
_REFERER = re.compile(r"\*|(?:\*\.)?[^\s*/;]+")
_HOST_HEADER = re.compile(r"[A-Za-z0-9_.:\[\]-]+")


class _Remark(msgspec.Struct, forbid_unknown_fields=True):
    remark: str


class BucketSettings:
    """One call for each setting. Those who read a bucket's settings find them in `Bucket.settings`."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what is answered here."""
        table.add("uc", "POST", "/referAntiLeech", management.signed(self.referers, _REFERER_PARAMETERS))
        table.add("uc", "POST", "/maxAge", management.signed(self.max_age, ("bucket", "maxAge")))
        table.add("uc", "POST", "/noIndexPage", management.signed(self.index_page, ("bucket", "noIndexPage")))
        table.add("uc", "POST", "/accessMode/…", management.signed(self.access_mode))
        table.add("uc", "POST", "/image/…", management.signed(self.mirror))
        table.add("uc", "POST", "/unimage/…", management.signed(self.no_mirror))
        table.add("uc", "POST", "/setbucketquota/…", management.signed(self.set_quota))
        table.add("uc", "GET POST", "/getbucketquota/…", management.signed(self.get_quota))
        table.add("uc", "PUT", "/buckets/*", management.signed_document(self.remark, ("remark",)))

    def referers(self, call: Call) -> Response:
        """Mode 0 puts back the defaults, whatever else is given; 1 is an allow list, 2 a deny list."""
        bucket = self._registry.find(call.required("bucket"))
        mode = integer("mode", call.required("mode"), 0, 2)
        rules = RefererRules()
        if mode:
            patterns = tuple(filter(None, call.get("pattern").split(";")))
            if not patterns or not all(_REFERER.fullmatch(pattern) for pattern in patterns):
                raise invalid("pattern")  # [unv referer-pattern]
            allow_empty = integer("norefer", call.get("norefer", "0"), 0, 1)
            source_enabled = integer("source_enabled", call.get("source_enabled", "0"), 0, 1)
            rules = RefererRules(mode, patterns, bool(allow_empty), bool(source_enabled))
        self._registry.set(bucket, referers=rules)
        return empty_response()

    def max_age(self, call: Call) -> Response:
        """0 and less mean the default, but are shown as they were set."""
        bucket = self._registry.find(call.required("bucket"))
        asked_s = integer("maxAge", call.required("maxAge"), -_MAX_INT32 - 1, _MAX_INT32)
        effective_s = asked_s if asked_s > 0 else DEFAULT_MAX_AGE_S
        self._registry.set(bucket, max_age_s=effective_s, max_age_asked_s=asked_s)
        return empty_response()

    def index_page(self, call: Call) -> Response:
        bucket = self._registry.find(call.required("bucket"))
        off = integer("noIndexPage", call.required("noIndexPage"), 0, 1)
        self._registry.set(bucket, no_index_page=bool(off))
        return empty_response()

    def access_mode(self, call: Call) -> Response:
        """`/accessMode/<bucket>/mode/<0|1>`: 1 protects originals."""
        _, name, *rest = call.segments
        options = named_segments(rest, ("mode",))
        bucket = self._registry.find(name)
        self._registry.set(bucket, protected=bool(integer("mode", options.get("mode", ""), 0, 1)))
        return empty_response()

    def mirror(self, call: Call) -> Response:
        """`/image/<bucket>/from/<base64 of URLs with ; between>[/host/<base64>]`."""
        _, name, *rest = call.segments
        options = named_segments(rest, ("from", "host"))
        bucket = self._registry.find(name)
        sources = tuple(encoded_text("from", options.get("from", "")).split(";"))
        for source in sources:
            _check_source(source)
        self._registry.set(bucket, mirror_sources=sources, mirror_host=_mirror_host(options.get("host", "")))
        return empty_response()

    def no_mirror(self, call: Call) -> Response:
        _, name, *rest = call.segments
        named_segments(rest)
        self._registry.set(self._registry.find(name), mirror_sources=(), mirror_host="")
        return empty_response()

    def set_quota(self, call: Call) -> Response:
        """`/setbucketquota/<bucket>[/size/<bytes>][/count/<n>]`: 0 leaves a quota as it is, -1 removes it."""
        _, name, *rest = call.segments
        options = named_segments(rest, ("size", "count"))
        bucket = self._registry.find(name)
        size_bytes = integer("size", options.get("size", "0"), -1, _MAX_INT64)
        count = integer("count", options.get("count", "0"), -1, _MAX_INT64)
        self._registry.set(
            bucket,
            quota_size_bytes=size_bytes or bucket.settings.quota_size_bytes,
            quota_count=count or bucket.settings.quota_count,
        )
        return empty_response()

    def get_quota(self, call: Call) -> Response:
        _, name, *rest = call.segments
        named_segments(rest)
        settings = self._registry.find(name).settings
        return json_response(200, {"size": settings.quota_size_bytes, "count": settings.quota_count})

    def remark(self, call: Call) -> Response:
        """`PUT /buckets/<bucket>?remark` with `{"remark": "…"}`."""
        if not any(name == "remark" for name, _ in call.pairs):
            raise KodoError(400, "missing parameter: remark")
        bucket = self._registry.find(call.segments[1])
        remark = document(call.body, _Remark).remark
        if len(remark) > MAX_REMARK_CHARACTERS:
            raise KodoError(400, f"invalid argument: a remark has at most {MAX_REMARK_CHARACTERS} characters")
        self._registry.set(bucket, remark=remark)
        return empty_response()


def _check_source(source: str) -> None:
    """A mirror source is `http(s)://host[:port]`, perhaps with a path (protocol §1.5).

    Raises:
        KodoError: 400.
    """
    try:
        parts = urlsplit(source)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or " " in source or not source.isprintable():
        raise invalid("from")


def _mirror_host(segment: str) -> str:
    """The Host header for a mirror. The Go SDK's newer client does not encode it as all others do."""
    if not segment:
        return ""
    host = segment
    with contextlib.suppress(KodoError):
        host = encoded_text("host", segment)
    if not _HOST_HEADER.fullmatch(host):
        raise invalid("host")
    return host

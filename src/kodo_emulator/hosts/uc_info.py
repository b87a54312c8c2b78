"""The uc host: all that is known of a bucket (protocol §1.5)."""

from datetime import UTC, datetime

from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.arguments import flag
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.interface import Bucket, Store

_ALLOW_LIST, _DENY_LIST = 1, 2


class BucketInfo:
    """The calls that describe buckets with their settings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what is answered here."""
        table.add("uc", "GET POST", "/v2/bucketInfo", management.signed(self.one, ("bucket",)))
        table.add("uc", "GET POST", "/v2/bucketInfos", management.signed(self.all, ("region", "shared", "fs")))

    def one(self, call: Call) -> Response:
        bucket = self._store.bucket(call.required("bucket"))
        if bucket is None:
            # The integration tests of the Java SDK want 612 here, and 631 everywhere else [unv bucket-info-missing].
            raise KodoError(612, "no such entry")
        return json_response(200, describe_bucket(bucket))

    def all(self, call: Call) -> Response:
        """Every bucket of a region, or of all; `fs` adds how much each holds."""
        region, with_totals = call.get("region"), flag("fs", call.get("fs"))
        wanted = [bucket for bucket in self._store.buckets() if region in {"", bucket.region}]
        described = [{"name": bucket.name, "info": self._info(bucket, with_totals=with_totals)} for bucket in wanted]
        return json_response(200, described)

    def _info(self, bucket: Bucket, *, with_totals: bool) -> dict[str, object]:
        info = describe_bucket(bucket)
        if with_totals:  # [unv bucket-infos-totals]
            totals = self._store.totals(bucket.name)
            info |= {"file_num": totals.count, "storage_size": totals.size_bytes}
        return info


def describe_bucket(bucket: Bucket) -> dict[str, object]:
    """A bucket and its settings, as bucketInfo shows them.

    `no_refer` and `token_anti_leech` are what the older Go SDK and the Java SDK call `allow_empty_referer` and
    `token_anti_leech_mode`. Empty referer lists are null, and max_age is what was asked for, as the Java SDK's tests
    find it.
    """
    settings = bucket.settings
    referers = settings.referers
    token_keys = [*settings.timestamp_keys[:2], "", ""]
    return {
        "source": ";".join(settings.mirror_sources),
        "host": settings.mirror_host,
        "expires": 0,
        "protected": int(settings.protected),
        "private": int(bucket.private),
        "no_index_page": int(settings.no_index_page),
        "max_age": settings.max_age_s if settings.max_age_asked_s is None else settings.max_age_asked_s,
        "separator": "-",
        "styles": {},
        "anti_leech_mode": referers.mode,
        "token_anti_leech_mode": int(bool(settings.timestamp_keys)),
        "token_anti_leech": int(bool(settings.timestamp_keys)),
        "refer_wl": referers.patterns if referers.mode == _ALLOW_LIST else None,
        "refer_bl": referers.patterns if referers.mode == _DENY_LIST else None,
        "source_enabled": referers.source_enabled,
        "allow_empty_referer": referers.allow_empty,
        "no_refer": referers.allow_empty and referers.mode != 0,
        "mac_key": token_keys[0],
        "mac_key2": token_keys[1],
        "zone": bucket.region,
        "region": bucket.region,
        "global": False,
        "remark": settings.remark,
        "ctime": rfc3339(bucket.created_s),
    }


def rfc3339(seconds: float) -> str:
    """A time as clients parse it strictly; `seconds` since the Unix epoch."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

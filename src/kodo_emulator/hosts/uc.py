"""The uc host: region discovery and what is known of buckets (protocol §1)."""

from datetime import UTC, datetime

from kodo_emulator.errors import KodoError, no_such_bucket
from kodo_emulator.hosts.addresses import Addresses
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.interface import Bucket, Store

REGION = "z0"
REGION_ALIAS = "cn-east-1"
MAX_AGE_S = 31_536_000

_TTL_S = 10
_PAGE_LIMITS = range(1, 101)


class UcHost:
    """Answers of the uc host."""

    def __init__(self, store: Store, addresses: Addresses, keys: Keys) -> None:
        self._store = store
        self._addresses = addresses
        self._keys = keys

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what this host answers."""
        table.add("uc", "GET", "/v4/query", management.public(self.query_v4, ("ak", "bucket")))
        table.add("uc", "GET", "/v2/query", management.public(self.query_v2, ("ak", "bucket")))
        buckets = ("shared", "tagCondition", "apiVersion", "limit", "marker", "region")
        table.add("uc", "GET POST", "/buckets", management.signed(self.buckets, buckets))
        table.add("uc", "GET POST", "/v2/domains", management.signed(self.domains_v2, ("tbl",)))
        table.add("uc", "GET POST", "/v3/domains", management.signed(self.domains_v3, ("tbl",)))
        table.add("uc", "GET POST", "/v2/bucketInfo", management.signed(self.bucket_info, ("bucket",)))

    def query_v4(self, call: Call) -> Response:
        """Protocol §1.2: the hosts of a bucket's region, bare, with a small ttl because ports may change."""
        bucket = self._queried_bucket(call)
        main, backup = self._addresses.main_host(), self._addresses.backup_host()
        host = {
            "region": REGION,
            "ttl": _TTL_S,
            "io": {"domains": [main]},
            "io_src": {"domains": [self._addresses.source(bucket.name)]},
            "up": {"domains": [main, backup], "acc_domains": [], "old": [main]},
            **{service: {"domains": [main]} for service in ("rs", "rsf", "api", "uc")},
            "s3": {"region_alias": REGION_ALIAS, "domains": [main]},
        }
        return json_response(200, {"hosts": [host]})

    def query_v2(self, call: Call) -> Response:
        """Protocol §1.3: the older form of discovery."""
        bucket = self._queried_bucket(call)
        main, backup = self._addresses.main_host(), self._addresses.backup_host()
        answer = {
            "region": REGION,
            "ttl": _TTL_S,
            "io": {"src": {"main": [main]}},
            "io_src": {"src": {"main": [self._addresses.source(bucket.name)]}},
            "up": {
                "acc": {"main": [main], "backup": [backup]},
                "old_acc": {"main": [main], "info": ""},
                "src": {"main": [main], "backup": [backup]},
                "old_src": {"main": [main], "info": ""},
            },
            **{service: {"acc": {"main": [main]}} for service in ("uc", "rs", "rsf", "api")},
            "s3": {"region_alias": REGION_ALIAS, "src": {"main": [main]}},
        }
        return json_response(200, answer)

    def buckets(self, call: Call) -> Response:
        """Protocol §1.5: names only, or pages of details with apiVersion=v4."""
        match call.get("apiVersion"):
            case "":
                return json_response(200, [bucket.name for bucket in self._store.buckets()])
            case "v4":
                return self._buckets_v4(call)
            case other:
                raise KodoError(400, f"unknown apiVersion: {other}")

    def domains_v2(self, call: Call) -> Response:
        bucket = self._bucket(call.required("tbl"))
        return json_response(200, [self._addresses.domain(bucket.name)])

    def domains_v3(self, call: Call) -> Response:
        bucket = self._bucket(call.required("tbl"))
        created_s = int(bucket.created_s)
        domain = {
            "domain": self._addresses.domain(bucket.name),
            "tbl": bucket.name,
            "uid": 1,
            "refresh": False,
            "ctime": created_s,
            "utime": created_s,
            "domaintype": 1,
            "apiscope": 0,
            "freeze_types": [],
        }
        return json_response(200, [domain])

    def bucket_info(self, call: Call) -> Response:
        bucket = self._bucket(call.required("bucket"))
        info = {
            "source": "",
            "host": "",
            "expires": 0,
            "protected": 0,
            "private": int(bucket.private),
            "no_index_page": 1,
            "max_age": MAX_AGE_S,
            "separator": "-",
            "styles": {},
            "anti_leech_mode": 0,
            "token_anti_leech_mode": 0,
            "refer_wl": [],
            "refer_bl": [],
            "source_enabled": False,
            "allow_empty_referer": True,
            "mac_key": "",
            "mac_key2": "",
            "zone": REGION,
            "region": REGION,
            "remark": "",
            "ctime": _rfc3339(bucket.created_s),
        }
        return json_response(200, info)

    def _buckets_v4(self, call: Call) -> Response:
        limit_text = call.get("limit", "20")
        if not limit_text.isdecimal() or int(limit_text) not in _PAGE_LIMITS:
            raise KodoError(400, "invalid limit")
        limit = int(limit_text)
        marker, region = call.get("marker"), call.get("region", REGION)
        left = [bucket for bucket in self._store.buckets() if bucket.name > marker and region == REGION]
        page, truncated = left[:limit], len(left) > limit
        described = [
            {"name": bucket.name, "region": REGION, "private": bucket.private, "ctime": _rfc3339(bucket.created_s)}
            for bucket in page
        ]
        next_marker = page[-1].name if truncated else ""
        return json_response(200, {"next_marker": next_marker, "is_truncated": truncated, "buckets": described})

    def _queried_bucket(self, call: Call) -> Bucket:
        if call.required("ak") != self._keys.access_key:
            raise KodoError(612, "app/accesskey is not found")
        return self._bucket(call.required("bucket"))

    def _bucket(self, name: str) -> Bucket:
        bucket = self._store.bucket(name)
        if bucket is None:
            raise no_such_bucket()
        return bucket


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

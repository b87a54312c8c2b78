"""The uc host: which buckets there are, and the domains of each (protocol §1.5)."""

from collections.abc import Mapping

from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.addresses import Addresses, BoundDomain
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.uc_info import rfc3339
from kodo_emulator.hosts.uc_registry import Registry
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.arguments import encoded_text, integer, invalid
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.interface import Bucket, Store

_DEFAULT_PAGE, _MAX_PAGE = "20", 100
_LIST_PARAMETERS = ("shared", "tagCondition", "apiVersion", "limit", "marker", "region")


class BucketLists:
    """Lists of buckets, in three versions, and of domains, in three too. Nothing is shared by other accounts here."""

    def __init__(self, store: Store, registry: Registry, addresses: Addresses) -> None:
        self._store = store
        self._registry = registry
        self._addresses = addresses

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what is answered here."""
        table.add("uc", "GET POST", "/buckets", management.signed(self.buckets, _LIST_PARAMETERS))
        table.add("uc", "GET POST", "/v3/buckets", management.signed(self.buckets_v3, ("region", "shared")))
        for role, path in (("uc", "/v2/domains"), ("api", "/v6/domain/list")):
            table.add(role, "GET POST", path, management.signed(self.domain_names, ("tbl",)))
        table.add("uc", "GET POST", "/v3/domains", management.signed(self.domains_v3, ("tbl",)))

    def buckets(self, call: Call) -> Response:
        """Names only, or pages of details with apiVersion=v4."""
        wanted = self._wanted(call)
        match call.get("apiVersion"):
            case "":
                return json_response(200, [bucket.name for bucket in wanted])
            case "v4":
                return json_response(200, _page(call, wanted))
            case other:
                raise KodoError(400, f"unknown apiVersion: {other}")

    def buckets_v3(self, call: Call) -> Response:
        """Everything at once, with how much each bucket holds."""
        return json_response(200, [self._describe_v3(bucket) for bucket in self._wanted(call)])

    def domain_names(self, call: Call) -> Response:
        bucket = self._registry.find(call.required("tbl"))
        return json_response(200, [bound.name for bound in self._addresses.bound_domains(bucket.name)])

    def domains_v3(self, call: Call) -> Response:
        bucket = self._registry.find(call.required("tbl"))
        bound = self._addresses.bound_domains(bucket.name)
        return json_response(200, [_describe_domain(domain, bucket) for domain in bound])

    def _wanted(self, call: Call) -> list[Bucket]:
        """The buckets of the region and with the tags that a call asks for, by name."""
        region, tags = call.get("region"), _wanted_tags(call.get("tagCondition"))
        return [
            bucket
            for bucket in self._store.buckets()
            if region in {"", bucket.region} and _has_tags(bucket.settings.tags, tags)
        ]

    def _describe_v3(self, bucket: Bucket) -> dict[str, object]:
        """Clients read `tbl`, `region` and the totals; the other members are [unv buckets-v3-members]."""
        totals = self._store.totals(bucket.name)
        return {
            "id": bucket.name,
            "tbl": bucket.name,
            "region": bucket.region,
            "file_num": totals.count,
            "storage_size": totals.size_bytes,
            "ctime": int(bucket.created_s),  # qshell, storage/servers/all_buckets.go, reads a number.
            "perm": 0,
            "global": False,
            "share_users": [],
            "versioning": False,
            "allow_nullkey": True,
            "encryption_enabled": False,
            "not_allow_access_by_tbl": False,
        }


def _describe_domain(bound: BoundDomain, bucket: Bucket) -> dict[str, object]:
    """Unix seconds for `ctime` are a guess [unv domains-v3-ctime]."""
    created_s = int(bucket.created_s) if bound.created_s is None else bound.created_s
    return {
        "domain": bound.name,
        "tbl": bucket.name,
        "uid": 1,
        "refresh": False,
        "ctime": created_s,
        "utime": created_s,
        "domaintype": bound.kind,
        "apiscope": bound.scope,
        "freeze_types": bound.freeze_types,
    }


def _page(call: Call, wanted: list[Bucket]) -> dict[str, object]:
    limit = integer("limit", call.get("limit") or _DEFAULT_PAGE, 1, _MAX_PAGE)
    left = [bucket for bucket in wanted if bucket.name > call.get("marker")]
    page, truncated = left[:limit], len(left) > limit
    described = [
        {"name": bucket.name, "region": bucket.region, "private": bucket.private, "ctime": rfc3339(bucket.created_s)}
        for bucket in page
    ]
    next_marker = page[-1].name if truncated else ""
    return {"next_marker": next_marker, "is_truncated": truncated, "buckets": described}


def _wanted_tags(condition: str) -> Mapping[str, str | None]:
    """What a tagCondition asks for: base64 of `key=K&value=V;key=K;…`, as the Node SDK writes it.

    A key without a value, None here, asks for any value.

    Raises:
        KodoError: 400.
    """
    wanted: dict[str, str | None] = {}
    for part in filter(None, encoded_text("tagCondition", condition).split(";")):
        key, has_value, value = part.removeprefix("key=").partition("&value=")
        if not part.startswith("key=") or not key:
            raise invalid("tagCondition")
        wanted[key] = value if has_value else None
    return wanted


def _has_tags(tags: tuple[tuple[str, str], ...], wanted: Mapping[str, str | None]) -> bool:
    values = dict(tags)
    return all(key in values and value in {None, values[key]} for key, value in wanted.items())

"""The uc host: which hosts serve a bucket (protocol §1.2, §1.3)."""

from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.addresses import Addresses
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.uc_regions import REGIONS, Region
from kodo_emulator.hosts.uc_registry import Registry
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.protocol.replies import json_response
from kodo_emulator.store.interface import Bucket

_TTL_S = 10  # Ports may change with a restart: clients should ask again soon.


class Discovery:
    """Answers that name hosts, always bare: `host:port`."""

    def __init__(self, registry: Registry, addresses: Addresses, keys: Keys) -> None:
        self._registry = registry
        self._addresses = addresses
        self._keys = keys

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what is answered here."""
        for path, answer in (("/v4/query", self.query_v4), ("/v3/query", self.query_v3), ("/v2/query", self.query_v2)):
            table.add("uc", "GET", path, management.public(answer, ("ak", "bucket")))
        table.add("uc", "GET", "/regions", management.signed(self.regions))

    def query_v4(self, call: Call) -> Response:
        """Protocol §1.2: the hosts of a bucket."""
        bucket = self._queried_bucket(call)
        io_src = {"io_src": {"domains": [self._addresses.source(bucket.name)]}}
        return json_response(200, {"hosts": [self._hosts(REGIONS[bucket.region]) | io_src]})

    def query_v3(self, call: Call) -> Response:
        """Protocol §1.3: a list of what `/v2/query` answers, as the Java SDK reads it (storage/AutoRegion.java)."""
        return json_response(200, {"hosts": [self._older_hosts(self._queried_bucket(call))]})

    def query_v2(self, call: Call) -> Response:
        """Protocol §1.3: the form that the older Go SDK and qshell ask for."""
        return json_response(200, self._older_hosts(self._queried_bucket(call)))

    def regions(self, _call: Call) -> Response:
        """Protocol §1.1, each with its hosts: the Go SDK asks for them before it asks for processing."""
        listed = [
            {"id": region.id, "description": region.description, **self._hosts(region)} for region in REGIONS.values()
        ]
        return json_response(200, {"regions": listed})

    def _hosts(self, region: Region) -> dict[str, object]:
        main, backup = self._addresses.main_host(), self._addresses.backup_host()
        return {
            "region": region.id,
            "ttl": _TTL_S,
            "up": {"domains": [main, backup], "acc_domains": [], "old": [main]},
            **{service: {"domains": [main]} for service in ("io", "rs", "rsf", "api", "uc")},
            "s3": {"region_alias": region.s3_alias, "domains": [main]},
        }

    def _older_hosts(self, bucket: Bucket) -> dict[str, object]:
        main, backup = self._addresses.main_host(), self._addresses.backup_host()
        return {
            "region": bucket.region,
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
            "s3": {"region_alias": REGIONS[bucket.region].s3_alias, "src": {"main": [main]}},
        }

    def _queried_bucket(self, call: Call) -> Bucket:
        """The bucket of a query, which names the account too.

        Raises:
            KodoError: 612 with the text that clients look for, 631.
        """
        if call.required("ak") != self._keys.access_key:
            raise KodoError(612, "app/accesskey is not found")
        return self._registry.find(call.required("bucket"))

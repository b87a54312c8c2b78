"""The uc host: buckets come and go, and become private or public (protocol §1.5)."""

import re

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.addresses import Domains
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.uc_regions import DEFAULT_REGION, known_region
from kodo_emulator.hosts.uc_registry import Registry
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.listeners import CannotListenError
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.arguments import flag, integer, named_segments
from kodo_emulator.protocol.replies import empty_response
from kodo_emulator.store.interface import Bucket, Store

MAX_BUCKETS = 1000  # [unv bucket-quota]

# Protocol §7 and the API specification of create_bucket. Buckets of the command line may have other names.
_LEGAL_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


class Buckets:
    """Making and dropping buckets while the server runs."""

    def __init__(self, store: Store, registry: Registry, clock: Clock, domains: Domains) -> None:
        self._store = store
        self._registry = registry
        self._clock = clock
        self._domains = domains

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what is answered here."""
        table.add("uc", "POST", "/mkbucketv3/…", management.signed(self.create))
        table.add("uc", "POST", "/drop/…", management.signed(self.drop))
        table.add("uc", "POST", "/private", management.signed(self.set_private, ("bucket", "private")))

    async def create(self, call: Call) -> Response:
        """`/mkbucketv3/<bucket>[/region/<region>][/private/<bool>]`: the bucket has its domains at once."""
        _, name, *rest = call.segments
        options = named_segments(rest, ("region", "private"))
        if not _LEGAL_NAME.fullmatch(name):
            raise KodoError(400, "the specified bucket is not valid")
        region = known_region(options.get("region", DEFAULT_REGION))
        private = flag("private", options.get("private", ""))
        if self._store.bucket(name) is not None:
            raise KodoError(614, "bucket exists")
        if len(self._store.buckets()) >= MAX_BUCKETS:
            raise KodoError(630, "too many buckets")
        try:
            self._domains.open(name)
        except CannotListenError as error:
            await self._domains.close(name)
            raise KodoError(630, f"no port is left for another bucket: {error}") from error
        self._store.put_bucket(Bucket(name, private, self._clock.storage_seconds(), region))
        return empty_response()

    async def drop(self, call: Call) -> Response:
        """`/drop/<bucket>`: its objects go with it, and the name is free again."""
        _, name, *rest = call.segments
        named_segments(rest)
        bucket = self._registry.find(name)
        self._store.drop_bucket(bucket.name)
        await self._domains.close(bucket.name)
        return empty_response()

    def set_private(self, call: Call) -> Response:
        bucket = self._registry.find(call.required("bucket"))
        private = integer("private", call.required("private"), 0, 1)
        self._store.put_bucket(msgspec.structs.replace(bucket, private=bool(private)))
        return empty_response()

"""The uc host: discovery, buckets and their settings (protocol §1). Each subject has a module of its own."""

from dataclasses import dataclass

from kodo_emulator.clock import Clock
from kodo_emulator.hosts.addresses import Addresses, Domains
from kodo_emulator.hosts.management import Management
from kodo_emulator.hosts.uc_buckets import Buckets
from kodo_emulator.hosts.uc_cors import Cors
from kodo_emulator.hosts.uc_discovery import Discovery
from kodo_emulator.hosts.uc_events import EVENT_RULES
from kodo_emulator.hosts.uc_info import BucketInfo
from kodo_emulator.hosts.uc_lifecycle import LIFECYCLE_RULES
from kodo_emulator.hosts.uc_lists import BucketLists
from kodo_emulator.hosts.uc_registry import Registry
from kodo_emulator.hosts.uc_rules import NamedRules
from kodo_emulator.hosts.uc_settings import BucketSettings
from kodo_emulator.hosts.uc_tags import Tags
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.auth import Keys
from kodo_emulator.store.interface import Store


@dataclass(frozen=True, slots=True)
class UcHost:
    """All answers of the uc host."""

    store: Store
    keys: Keys
    clock: Clock
    addresses: Addresses
    domains: Domains

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what this host answers."""
        registry = Registry(self.store)
        Discovery(registry, self.addresses, self.keys).add_routes(table, management)
        BucketLists(self.store, registry, self.addresses).add_routes(table, management)
        BucketInfo(self.store).add_routes(table, management)
        Buckets(self.store, registry, self.clock, self.domains).add_routes(table, management)
        BucketSettings(registry).add_routes(table, management)
        NamedRules(registry, self.clock, LIFECYCLE_RULES).add_routes(table, management)
        NamedRules(registry, self.clock, EVENT_RULES).add_routes(table, management)
        Cors(registry).add_routes(table, management)
        Tags(registry).add_routes(table, management)

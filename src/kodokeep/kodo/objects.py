"""Objects: asking about a single one (protocol §4)."""

import threading

from kodokeep.kodo import wire
from kodokeep.kodo.api import Api
from kodokeep.kodo.failures import Failure
from kodokeep.kodo.hosts import Hosts
from kodokeep.kodo.urls import stat_target
from kodokeep.model.entry import RemoteEntry


class Objects:
    """Looks at the objects of one bucket; thread-safe."""

    def __init__(self, api: Api, hosts: Hosts, bucket: str) -> None:
        self._api = api
        self._hosts = hosts
        self._bucket = bucket

    def stat(self, key: str, cancel: threading.Event) -> RemoteEntry | None:
        """The object as it is now, part sizes included; None if there is none. Raises Failure, Cancelled."""
        target = stat_target(self._bucket, key)
        try:
            fields = self._api.call(self._hosts.of_bucket(cancel).rs, target, wire.decode_object, cancel)
        except Failure as failure:
            if failure.status == 612:
                return None
            raise
        return wire.remote_entry(key, fields)

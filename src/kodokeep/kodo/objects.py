"""Objects: looking at what is under a key now, one or many at a time (protocol §4)."""

import threading
from collections.abc import Callable, Sequence

import msgspec

from kodokeep.errors import KodoError
from kodokeep.kodo import wire
from kodokeep.kodo.api import Api
from kodokeep.kodo.batch import Answer, Batches
from kodokeep.kodo.failures import Failure
from kodokeep.kodo.hosts import Hosts
from kodokeep.kodo.urls import stat_target
from kodokeep.model.entry import RemoteEntry

Look = RemoteEntry | Failure | None
"""The object, or None if there is none, or why that cannot be told."""

Stat = Callable[[str, threading.Event], RemoteEntry | None]
"""`Objects.stat`."""


class Objects:
    """Looks at the objects of one bucket; thread-safe."""

    def __init__(self, api: Api, hosts: Hosts, batches: Batches, bucket: str) -> None:
        self._api = api
        self._hosts = hosts
        self._batches = batches
        self._bucket = bucket

    def stat(self, key: str, cancel: threading.Event) -> RemoteEntry | None:
        """The object as it is now, part sizes included; None if there is none. Raises Failure, Cancelled."""
        try:
            fields = self._api.call(
                self._hosts.of_bucket(cancel).rs, stat_target(self._bucket, key), wire.decode_object, cancel
            )
        except Failure as failure:
            if failure.status == 612:
                return None
            raise
        return wire.remote_entry(key, fields)

    def look(self, keys: Sequence[str], cancel: threading.Event) -> list[Look]:
        """The same for many, in the same order. Raises Failure if it concerns all of them, Cancelled."""
        answers = self._batches.run([stat_target(self._bucket, key) for key in keys], cancel)
        return [_look(key, answer) for key, answer in zip(keys, answers, strict=True)]


def _look(key: str, answer: Answer) -> Look:
    if answer.code == 612:
        return None
    if answer.failure is not None:
        return answer.failure
    try:
        return wire.remote_entry(key, wire.decode_object.decode(answer.data))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Failure(KodoError(f"a stat in a batch is unreadable: {error}"))

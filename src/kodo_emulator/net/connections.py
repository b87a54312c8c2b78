"""All connections of a server together: what each may cost, how many there may be, who is silent, how they end."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what connections may cost; times in seconds.

    A request whose head takes longer than `silence_s`, or whose body brings less than `least_body_bytes` in that time,
    counts as silent. `linger_s` is how long a client may go on sending after the last answer, so that it gets to read
    it, `grace_s` how long requests in flight may take when the server ends.
    """

    head_bytes: int = 64 * 1024
    buffered_body_bytes: int = 256 * 1024
    least_body_bytes: int = 1024
    unread_body_bytes: int = 64 * 1024 * 1024
    waiting_requests: int = 16
    pipelined_requests: int = 1024
    connections: int = 4096
    silence_s: float = 75.0
    linger_s: float = 2.0
    grace_s: float = 1.0


class Member(Protocol):
    """What is known of one connection here."""

    task: "asyncio.Task[None] | None"
    last_activity_s: float

    @property
    def is_idle(self) -> bool:
        """Whether it has no request to work on."""
        ...

    @property
    def is_gone(self) -> bool:
        """Whether the client left."""
        ...

    def look(self, now_s: float) -> None:
        """Update `last_activity_s` by what shows only from time to time."""
        ...

    def finish(self) -> None:
        """Take no further request."""
        ...

    def abort(self) -> None: ...


@dataclass(slots=True)
class Room:
    """How many connections fit; several `Connections` may share one."""

    limit: int
    _members: set[Member] = field(default_factory=set)
    _was_full: bool = False

    def admit(self, newcomer: Member) -> bool:
        """Whether there is room; the connection that has been idle for longest makes some where there is none."""
        if len(self._members) >= self.limit:
            if not self._was_full:
                _log.warning("%d connections are open: idle ones are closed for new ones", self.limit)
                self._was_full = True
            idle = [connection for connection in self._members if connection.is_idle]
            if not idle:
                return False
            oldest = min(idle, key=lambda connection: connection.last_activity_s)
            oldest.abort()
            self._members.discard(oldest)
        self._members.add(newcomer)
        return True

    def leave(self, member: Member) -> None:
        self._members.discard(member)


class Connections:
    """The open connections of a listener and the tasks that answer them, which may outlive their connection.

    `now` gives the time in seconds, by which silence is measured.
    """

    def __init__(self, limits: Limits, room: Room | None = None, now: Callable[[], float] = monotonic) -> None:
        self.limits = limits
        self.now = now
        self._room = room or Room(limits.connections)
        self._open: set[Member] = set()
        self._is_closed = False
        self._tasks: set[asyncio.Task[None]] = set()

    def admit(self, newcomer: Member) -> bool:
        """Whether a new connection may stay; one that was accepted already when all were closed may not."""
        if self._is_closed or not self._room.admit(newcomer):
            return False
        self._open.add(newcomer)
        return True

    def leave(self, member: Member) -> None:
        """Forget a connection that is closed."""
        self._room.leave(member)
        self._open.discard(member)

    def start(self, task: "asyncio.Task[None]") -> None:
        """Know of a task until it ends."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close_silent(self) -> None:
        """Close the connections whose clients bring and take nothing; to be called every few seconds."""
        now_s = self.now()
        for connection in list(self._open):
            connection.look(now_s)
            if now_s - connection.last_activity_s > self.limits.silence_s:
                connection.abort()

    async def close_all(self) -> None:
        """End all connections: idle ones at once, others when their request is answered or the grace is over."""
        self._is_closed = True
        for connection in list(self._open):
            connection.finish()
        awaited = {connection.task for connection in self._open if connection.task and not connection.is_gone}
        if awaited:
            await asyncio.wait(awaited, timeout=self.limits.grace_s)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for connection in list(self._open):
            connection.abort()
        await asyncio.sleep(0)  # Sockets close in the turn after.

"""File descriptors, of which a process may open only so many: how many connections fit."""

import resource

_RESERVED = 128
"""For the store, the listeners, threads and whatever else a process opens."""

_EACH = 2
"""A connection has its socket, and one file at a time that it sends or receives."""


def connections_that_fit(wanted: int) -> int:
    """How many of `wanted` connections may be open at once, after asking the system for as many as it permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted * _EACH + _RESERVED
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(min(wanted, (soft - _RESERVED) // _EACH), 1)

"""Limits of speed, in bits per second: of uploads by policy, of downloads by a parameter (protocol §2.4)."""

BYTE_BITS = 8

_LIMITS = range(819_200, 838_860_801)


def is_traffic_limit(bits_per_s: int) -> bool:
    """Whether it is a limit that can be asked for: 100 KiB/s to 100 MiB/s."""
    return bits_per_s in _LIMITS

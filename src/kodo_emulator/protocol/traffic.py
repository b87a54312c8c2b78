"""Limits of speed, in bits per second: of uploads by policy, of downloads by a parameter (protocol §2.4)."""

BYTE_BITS = 8

TRAFFIC_LIMITS = range(819_200, 838_860_801)  # What can be asked for: 100 KiB/s to 100 MiB/s.

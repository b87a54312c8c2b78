"""How long things last: days that end at midnight in China, and how storage types follow each other (protocol §2.4)."""

import math

DAY_S = 86_400
MAX_DAYS = 36_500

_CHINA_S = 8 * 3600  # UTC+8, all year.

# From warm to cold. What a lifecycle moves, it only moves towards the cold.
_BY_WARMTH = (0, 1, 5, 4, 2, 3)


def expiry_s(now_s: float, days: int) -> int:
    """When something of `now_s` is over that was to last `days`: the midnight (UTC+8) after that moment.

    1 January 10:00 and three days: from 5 January 00:00 on (protocol §2.4). In Unix seconds.
    """
    in_china_s = now_s + days * DAY_S + _CHINA_S
    return (math.floor(in_china_s / DAY_S) + 1) * DAY_S - _CHINA_S


def is_colder(kind: int, than: int) -> bool:
    """Whether storage type `kind` is a colder one."""
    return _BY_WARMTH.index(kind) > _BY_WARMTH.index(than)

"""When a day ends for Kodo, and what is to be deleted with it (protocol §2.4, §4). Who obeys is elsewhere."""

_DAY_S = 86_400
_CHINA_S = 8 * 3600


def expiry_s(now_s: float, days: int) -> int:
    """When something that shall live `days` days from now is deleted: the next midnight (UTC+8) after them.

    1 January 10:00 and 3 days make 5 January 00:00 (protocol §2.4).
    """
    today = (int(now_s) + _CHINA_S) // _DAY_S
    return (today + days + 1) * _DAY_S - _CHINA_S

"""Whether a bucket has room for one more object (protocol §1.5)."""

from kodo_emulator.errors import KodoError
from kodo_emulator.store.interface import Settings, StoredObject, Totals


def has_quota(settings: Settings) -> bool:
    """Whether anything is limited: what a bucket holds may take a while to tell."""
    return settings.quota_count >= 0 or settings.quota_size_bytes >= 0


def check_quota(settings: Settings, totals: Totals, replaced: StoredObject | None, size_bytes: int) -> None:
    """Refuse an object of `size_bytes` that would exceed the quota; a negative quota means none.

    Raises:
        KodoError: 403 [unv quota-exceeded].
    """
    count = totals.count + (replaced is None)
    size = totals.size_bytes + size_bytes - (replaced.size_bytes if replaced else 0)
    if 0 <= settings.quota_count < count or 0 <= settings.quota_size_bytes < size:
        raise KodoError(403, "bucket quota exceeded")

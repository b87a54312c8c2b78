"""What `init` shows before it asks: buckets, ways, and places to fetch from, each with its number."""

from collections.abc import Iterator, Sequence

from kodokeep.model.cloud import BucketInfo, DomainInfo, DomainKind, Places, is_test_domain
from kodokeep.model.options import Mode
from kodokeep.reporting.units import count, printable, size

AUTO = "auto"
NO_SCHEDULE = "none"
NOBODY = "none"

_MODES = {
    Mode.BACKUP: "from the bucket to the folder; the bucket is never changed",
    Mode.SYNC: "both ways",
    Mode.PUBLISH: "from the folder to the bucket; the folder is never changed",
}
_KINDS = {DomainKind.CDN: "CDN", DomainKind.SOURCE: "bound to the origin", DomainKind.UNKNOWN: "bound to the bucket"}


def bucket_lines(buckets: Sequence[BucketInfo]) -> Iterator[str]:
    """The account's buckets as a table."""
    yield "The buckets of this account:"
    rows = [
        (
            str(number),
            printable(bucket.name),
            printable(bucket.region),
            count(bucket.objects, "object") if bucket.objects is not None else "",
            size(bucket.size_bytes) if bucket.size_bytes is not None else "",
            {True: "private", False: "public", None: ""}[bucket.private],
        )
        for number, bucket in enumerate(buckets, 1)
    ]
    yield from _table(rows, right=(0, 3, 4))


def mode_lines() -> Iterator[str]:
    """The ways that content can go."""
    yield from _table([(str(number), str(mode), words) for number, (mode, words) in enumerate(_MODES.items(), 1)])


def place_lines(places: Places) -> Iterator[str]:
    """Where objects can be fetched from, with what is known for or against it."""
    yield "Where objects are fetched from:"
    rows = [(AUTO, "the first domain that is bound, else the origin")]
    rows += [(domain.domain, _of_domain(domain)) for domain in places.domains]
    rows += [(places.origin, "the origin: no CDN, billed as the bucket's traffic")] * bool(places.origin)
    yield from _table([(str(number), *row) for number, row in enumerate(rows, 1)])


def _of_domain(domain: DomainInfo) -> str:
    if domain.frozen:
        return f"{_KINDS[domain.kind]}, frozen: serves nothing"
    if is_test_domain(domain.domain):
        return f"{_KINDS[domain.kind]}, a test domain: lives 30 days"
    return _KINDS[domain.kind]


def _table(rows: Sequence[tuple[str, ...]], right: Sequence[int] = (0,)) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()

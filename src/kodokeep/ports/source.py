"""A file that is to be uploaded, as whoever sends it sees it."""

from typing import Protocol


class Source(Protocol):
    """A file of the tree, open to be uploaded. May be used from any thread, by one at a time."""

    @property
    def size_bytes(self) -> int:
        """How long the file was when it was opened."""

    @property
    def racy(self) -> bool:
        """True if the file was changed so shortly before it was opened that another change could hide (rule 13)."""

    def read(self, offset: int, size_bytes: int) -> bytes:
        """So many bytes from there, fewer only at the end of the file. Raises OSError."""

    def unchanged(self) -> bool:
        """True if the file still is what was seen when the upload was planned, whatever happened in between."""

    def close(self) -> None:
        """Close the file; more than once does no harm."""

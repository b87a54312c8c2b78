"""Parts: how a file is cut for a resumable upload (protocol §5.3, §9). Pure."""

from dataclasses import dataclass

from kodokeep.model.qetag import BLOCK_BYTES


@dataclass(frozen=True, slots=True)
class Limits:
    """Files up to `form_bytes` are sent as one form, others in parts of `part_bytes`, or a multiple if there would be
    more than `max_parts`. With parts of one block the hash is the one that the same bytes have as a form.
    """

    form_bytes: int = BLOCK_BYTES
    part_bytes: int = BLOCK_BYTES
    max_parts: int = 10_000

    def part_sizes(self, size_bytes: int) -> tuple[int, ...]:
        """The sizes of all parts of a file that is not empty."""
        each = self.part_bytes * -(-size_bytes // (self.part_bytes * self.max_parts))
        whole, rest = divmod(size_bytes, each)
        return (each,) * whole + ((rest,) if rest else ())

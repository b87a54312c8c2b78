"""A folder that is published, the bucket that it goes to, and the laws of that one way."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.e2e.kit import Result, World
from tests.machine.shared import BUCKET, Contents, Shared


class Published(Shared):
    """One machine is the authority. Others may change the bucket all the same; nothing of theirs is lost."""

    def __init__(self, make_world: Callable[..., World], **options: object) -> None:
        super().__init__(make_world, machines=1, **{"mode": "publish"} | options)
        self.published: Contents = {}

    def run(self, number: int, *arguments: str, faults: Sequence[Mapping[str, Any]] = ()) -> Result:
        """A run never changes the folder; who else does tells `change`."""
        before, deeds = self._folder(), self.deeds
        result = super().run(number, *arguments, faults=faults)
        assert self.deeds > deeds or self._folder() == before
        return result

    def settle(self, *, rest: bool = True) -> None:
        """As in `Shared`; one run is enough."""
        super().settle(rest=rest)
        self.published = self._folder()

    def check_agreement(self) -> None:
        """The bucket has all of the folder; what else it has may stay."""
        assert self._folder().items() <= self.bucket.contents().items()
        self.worlds[0].check_nothing_pending()

    def check_merged(self) -> None:
        """What the folder has no more goes, if deletions are to, and nobody changed it in the bucket."""
        since, now = self.since, self.bucket.contents()
        if not (since.simple and since.made):
            return
        folder, remote = self._folder(), since.made[BUCKET]
        for key in (remote.keys() | now.keys()) - folder.keys():
            was_ours = key in self.published and self.published[key] == remote.get(key)
            gone = was_ours and self.options["deletions"] == "propagate"
            assert now.get(key) == (None if gone else remote.get(key)), key

    def _folder(self) -> Contents:
        return self.worlds[0].tree()

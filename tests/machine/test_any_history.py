"""Whatever happens on both sides, in any order: a backup holds the bucket, and no content is ever lost."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.e2e.kit import World

KEYS = st.sampled_from(["a", "a/b", "a//b", "dir/", "\u4e2d", "A", "..", "x%%y", ".kodokeep/z", ""])
PATHS = st.sampled_from(["a", "a/b", "dir/%%", "mine", "A", "x/y"])
CONTENTS = st.sampled_from([b"", b"1", b"2", b"three", b"3hree", b"long" * 50])

OPERATIONS = st.one_of(
    st.tuples(st.just("put"), KEYS, CONTENTS),
    st.tuples(st.just("put"), KEYS, CONTENTS),
    st.tuples(st.just("delete"), KEYS),
    st.tuples(st.just("edit"), PATHS, CONTENTS),
    st.tuples(st.just("remove"), st.integers(0, 9)),
    st.tuples(st.just("rename"), st.integers(0, 9), PATHS),
    st.tuples(st.just("touch"), st.integers(0, 9), st.integers(0, 2**40)),
    st.tuples(st.just("run"), st.booleans()),
    st.tuples(st.just("lose_state")),
)


@dataclass
class Story:
    """Performs operations on a world; a run is checked, and every content it met stays to be found."""

    world: World
    met: set[bytes] = field(default_factory=set)

    def put(self, key: str, data: bytes) -> None:
        self.world.put(key, data)

    def delete(self, key: str) -> None:
        if key in self.world.objects:
            self.world.delete(key)

    def edit(self, path: str, data: bytes) -> None:
        if self._free(path):
            self._forget(path)
            self.world.write(path, data)

    def remove(self, number: int) -> None:
        if path := self._pick(number):
            self._forget(path)
            (self.world.folder / path).unlink()

    def rename(self, number: int, target: str) -> None:
        if (path := self._pick(number)) and self._free(target) and not target.startswith(f"{path}/"):
            self._forget(target)
            (self.world.folder / target).parent.mkdir(parents=True, exist_ok=True)
            (self.world.folder / path).rename(self.world.folder / target)

    def touch(self, number: int, mtime_ns: int) -> None:
        if path := self._pick(number):
            os.utime(self.world.folder / path, ns=(mtime_ns, mtime_ns))

    def lose_state(self) -> None:
        self.world.unknown_history |= self.world.history().keys()
        for file in self.world.private.glob("state.db*"):
            file.unlink()

    def run(self, accept: bool) -> None:
        world = self.world
        before = world.tree()
        result = world.run(*["--accept-changes"] * accept)
        tree = world.tree()
        self.met |= {*before.values(), *tree.values()}
        assert result.exit == 0 if accept else result.exit in (0, 4)
        assert self.met <= {*tree.values(), *world.history().values()}, "a content was lost"
        assert before.keys() - world.objects.keys() <= tree.keys() | self._deleted(result.actions)
        if result.exit == 0:
            world.check_settled()
            again = world.run()
            assert again.exit == 0
            assert again.downloads() == []
            assert {action for action, _, _ in again.actions} <= {"touch"}

    def _deleted(self, actions: set[tuple[str, str, str]]) -> set[str]:
        return {key for action, key, outcome in actions if (action, outcome) == ("delete", "done")}

    def _pick(self, number: int) -> str | None:
        paths = self.world.paths()
        return paths[number % len(paths)] if paths else None

    def _free(self, path: str) -> bool:
        """Whether a file can be at this path: no directory is there, and no file above it."""
        place = self.world.folder / path
        above = [self.world.folder.joinpath(*path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)]
        return not place.is_dir() and not any(parent.is_file() for parent in above)

    def _forget(self, path: str) -> None:
        """What a person overwrites or removes is nobody's loss, unless it is kept elsewhere all the same."""
        if (self.world.folder / path).exists():
            self.met.discard((self.world.folder / path).read_bytes())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(OPERATIONS, min_size=3, max_size=14))
@example([("put", "A", b""), ("edit", "A", b"1"), ("run", True), ("lose_state",)])
def test_any_history_ends_well(make_world: Callable[..., World], story: list[tuple[object, ...]]) -> None:
    told = Story(make_world())
    for name, *arguments in story:
        getattr(told, str(name))(*arguments)
    told.run(accept=True)
    assert told.world.tree().items() >= told.world.objects.items()

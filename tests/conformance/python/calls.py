"""What a test says it does with the SDK, and the proof that it did.

A test declares which calls it sees answered and which refused. The calls are watched while it runs, so a declaration
that is not true fails the test, and `test_coverage.py` can believe what is declared, in whatever order and process
the tests run. Only what the test calls itself counts, not what the SDK calls on the way.
"""

import functools
import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from qiniu.http import ResponseInfo

from tests.conformance.python.surface import ASKS_NOBODY, Place, name_of, storage

_ATTRIBUTE = "sdk_calls"


class Declared(NamedTuple):
    """The full names of what a test sees answered, and of what it sees refused."""

    answered: frozenset[str]
    refused: frozenset[str]


def sdk_calls(
    answered: Sequence[Callable[..., Any]] = (), refused: Sequence[Callable[..., Any]] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare what a test does; it fails if it does less."""
    declared = Declared(frozenset(map(name_of, answered)), frozenset(map(name_of, refused)))

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def run(*args: Any, **kwargs: Any) -> None:
            with _watching() as seen:
                test(*args, **kwargs)
            for what, missing in (
                ("answered with success", declared.answered - seen.answered),
                ("refused", declared.refused - seen.refused),
            ):
                assert not missing, f"declared, but not {what}: {', '.join(sorted(missing))}"

        setattr(run, _ATTRIBUTE, declared)
        return run

    return decorate


def declarations(module: Any) -> Iterator[Declared]:
    """What the tests of a module declare."""
    for value in vars(module).values():
        declared = getattr(value, _ATTRIBUTE, None)
        if declared is not None:
            yield declared


class _Seen:
    def __init__(self) -> None:
        self.answered: set[str] = set()
        self.refused: set[str] = set()
        self._depth = 0
        self._thread = threading.get_ident()

    @contextmanager
    def inside(self) -> Iterator[bool]:
        """Gives whether this is a call of the test itself: uploads go on in threads of the SDK's own."""
        if threading.get_ident() != self._thread:
            yield False
            return
        self._depth += 1
        try:
            yield self._depth == 1
        finally:
            self._depth -= 1

    def note(self, name: str, result: Any) -> None:
        (self.refused if _is_refusal(name, result) else self.answered).add(name)


def _is_refusal(name: str, result: Any) -> bool:
    members = result if isinstance(result, tuple) else (result,)
    infos = [member for member in members if isinstance(member, ResponseInfo)]
    if infos:
        return not infos[0].ok()
    return result is False and not name.startswith(ASKS_NOBODY)


@contextmanager
def _watching() -> Iterator[_Seen]:
    seen = _Seen()
    watched = [(name, place) for name, places in storage().items() for place in places]
    for name, place in watched:
        setattr(place.owner, place.attribute, _watched(name, place, seen))
    try:
        yield seen
    finally:
        for _, place in watched:
            setattr(place.owner, place.attribute, place.function)


def _watched(name: str, place: Place, seen: _Seen) -> Any:
    function = getattr(place.function, "__func__", place.function)
    watch = _watched_generator if inspect.isgeneratorfunction(function) else _watched_function
    wrapper = watch(name, function, seen)
    return type(place.function)(wrapper) if isinstance(place.function, staticmethod | classmethod) else wrapper


def _watched_function(name: str, function: Callable[..., Any], seen: _Seen) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with seen.inside() as outermost:
            try:
                result = function(*args, **kwargs)
            except Exception:
                if outermost:
                    seen.refused.add(name)
                raise
            if outermost:
                seen.note(name, result)
            return result

    return call


def _watched_generator(name: str, function: Callable[..., Any], seen: _Seen) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        items = function(*args, **kwargs)
        while True:
            with seen.inside() as outermost:
                try:
                    item = next(items)
                except StopIteration:
                    return
                except Exception:
                    if outermost:
                        seen.refused.add(name)
                    raise
                if outermost:
                    seen.answered.add(name)
            yield item

    return call

"""The rs host: what can be done to an object by its name (protocol §4). Each operation works alone and in a batch."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qs

import msgspec

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError, file_exists, no_such_bucket, no_such_key
from kodo_emulator.hosts.describe import FROZEN_KINDS, Shown, describe, is_frozen, is_thawing
from kodo_emulator.hosts.management import Call, Management, flag
from kodo_emulator.net.http1 import Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.entry import Entry, decode_argument, decode_entry
from kodo_emulator.protocol.metadata import check_header_value, is_metadata, without_prefix
from kodo_emulator.protocol.replies import empty_response, json_response
from kodo_emulator.store.interface import Store, StoredObject

MAX_BATCH = 1000

_THAW_S = {2: 5 * 60.0, 3: 12 * 3600.0}  # Protocol §4: 1 to 5 minutes, and 5 to 12 hours: here always the longest.
_DAY_S = 86_400
_KIND_NAMES = ("normal", "line", "archive", "deep_archive", "archive_ir", "intelligent_tiering")

Operation = Callable[[list[str]], Shown | None]


class RsHost:
    """Answers of the rs host."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._operations: Mapping[str, Operation] = {
            "stat": self._stat,
            "delete": self._delete,
            "copy": self._copy,
            "move": self._move,
            "chgm": self._change_metadata,
            "chtype": self._change_kind,
            "chstatus": self._change_status,
            "restoreAr": self._restore,
        }

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Each operation has a path of its own name; stat alone may be asked with GET."""
        table.add("rs", "GET POST", "/stat/…", management.signed(self.operate, ("needparts",)))
        for name in self._operations:
            if name != "stat":
                table.add("rs", "POST", f"/{name}/…", management.signed(self.operate))
        table.add("rs", "POST", "/batch", management.signed(self.batch, ("op",)))

    def operate(self, call: Call) -> Response:
        """One operation, named by the first path segment."""
        result = self._run(call.segments, with_parts=flag(call.get("needparts")))
        return empty_response() if result is None else json_response(200, result)

    def batch(self, call: Call) -> Response:
        """Protocol §4.1: each operation alone; 298 if any of them failed."""
        if not 1 <= len(call.pairs) <= MAX_BATCH:
            raise KodoError(400, f"invalid argument: a batch has 1 to {MAX_BATCH} operations")  # [unv batch-too-long]
        results = [self._run_one(operation) for _, operation in call.pairs]
        failed = any(result["code"] != 200 for result in results)
        return json_response(298 if failed else 200, results)

    def _run_one(self, operation: str) -> dict[str, object]:
        path, _, query = operation.removeprefix("/").partition("?")
        try:
            with_parts = flag(parse_qs(query).get("needparts", [""])[0])
            data = self._run(path.split("/"), with_parts=with_parts)
        except KodoError as error:
            return {"code": error.status, "data": {"error": error.message}}
        return {"code": 200} if data is None else {"code": 200, "data": data}

    def _run(self, segments: Sequence[str], *, with_parts: bool) -> Shown | None:
        name, *arguments = segments
        if name == "stat":
            return self._stat(arguments, with_parts=with_parts)
        operation = self._operations.get(name)
        if operation is None:
            raise KodoError(400, f"unknown operation: {name}")
        return operation(arguments)

    def _stat(self, arguments: list[str], *, with_parts: bool = False) -> Shown:
        _no_more(arguments[1:])
        _, stored = self._existing(arguments)
        return describe(stored, now_s=self._clock.storage_seconds(), with_parts=with_parts, with_key=False)

    def _delete(self, arguments: list[str]) -> None:
        _no_more(arguments[1:])
        bucket, stored = self._existing(arguments)
        self._store.delete(bucket, stored.key)

    def _copy(self, arguments: list[str]) -> None:
        bucket, stored = self._existing(arguments)
        target_bucket, target_key = self._target(arguments)
        if (bucket, stored.key) != (target_bucket, target_key):
            # [unv copy-put-time] that a copy has a putTime of its own.
            now = self._clock.ticks()
            content = self._store.copy_content(stored)
            copied = msgspec.structs.replace(stored, key=target_key, content=content, put_time=now, last_modify=now)
            self._store.put(target_bucket, copied)

    def _move(self, arguments: list[str]) -> None:
        bucket, stored = self._existing(arguments)
        target_bucket, target_key = self._target(arguments)
        if (bucket, stored.key) != (target_bucket, target_key):
            # [unv move-put-time] that a moved object keeps its putTime.
            moved = msgspec.structs.replace(stored, key=target_key)
            self._store.move((bucket, stored.key), target_bucket, moved)

    def _change_metadata(self, arguments: list[str]) -> None:
        bucket, stored = self._existing(arguments)
        options = _options(arguments[1:])
        _check_condition(options.pop("cond", None), stored)
        mime = decode_argument(options.pop("mime")) if "mime" in options else stored.mime
        check_header_value("mime", mime)
        named = {name: options.pop(name) for name in list(options) if is_metadata(name)}
        _no_more(list(options))
        meta = without_prefix({name: decode_argument(value) for name, value in named.items()})
        changed = msgspec.structs.replace(
            stored,
            mime=mime,
            meta={**stored.meta, **meta},
            last_modify=self._clock.ticks(),
        )
        self._store.update(bucket, changed)

    def _change_kind(self, arguments: list[str]) -> None:
        bucket, stored = self._existing(arguments)
        kind = _only_number(arguments[1:], "type", range(6))
        if kind == stored.kind:
            raise KodoError(400, f"already in {_KIND_NAMES[kind]} stat")
        if is_frozen(stored, self._clock.storage_seconds()):
            raise KodoError(403, "file is frozen: restore it first")  # [unv chtype-frozen]
        now = self._clock.ticks()
        changed = msgspec.structs.replace(stored, kind=kind, last_modify=now, thaw_ready_s=None, thaw_end_s=None)
        self._store.update(bucket, changed)

    def _change_status(self, arguments: list[str]) -> None:
        bucket, stored = self._existing(arguments)
        options = _options(arguments[1:])
        _check_condition(options.pop("cond", None), stored)
        status = _number(options.pop("status", ""), range(2))
        _no_more(list(options))
        if status == stored.status:
            raise KodoError(400, "already disabled" if status else "already enabled")
        self._store.update(bucket, msgspec.structs.replace(stored, status=status, last_modify=self._clock.ticks()))

    def _restore(self, arguments: list[str]) -> None:
        bucket, stored = self._existing(arguments)
        options = _options(arguments[1:])
        days_text = options.pop("freezeAfterDays", "")
        _no_more(list(options))
        if not (days_text.isascii() and days_text.isdecimal() and 1 <= int(days_text[:3]) <= 7):
            raise KodoError(400, "invalid freeze after days")
        if stored.kind not in FROZEN_KINDS:
            raise KodoError(403, "not an archived file")  # [unv restore-not-archived-text]
        now_s = self._clock.storage_seconds()
        if is_thawing(stored, now_s):
            raise KodoError(400, "archive already restored")
        ready_s = now_s + _THAW_S[stored.kind]
        end_s = ready_s + int(days_text) * _DAY_S
        self._store.update(bucket, msgspec.structs.replace(stored, thaw_ready_s=ready_s, thaw_end_s=end_s))

    def _existing(self, arguments: list[str]) -> tuple[str, StoredObject]:
        """The bucket and the object that the first argument names."""
        entry = self._entry(arguments, 0)
        stored = self._store.find(entry.bucket, entry.named_key())
        if stored is None:
            raise no_such_key()
        return entry.bucket, stored

    def _target(self, arguments: list[str]) -> tuple[str, str]:
        """Where a copy or move goes: the second argument, which must be free or forced."""
        entry = self._entry(arguments, 1)
        options = _options(arguments[2:])
        forced = flag(options.pop("force", ""))
        _no_more(list(options))
        key = entry.named_key()
        if not forced and self._store.find(entry.bucket, key) is not None:
            raise file_exists()
        return entry.bucket, key

    def _entry(self, arguments: list[str], position: int) -> Entry:
        if len(arguments) <= position:
            raise KodoError(400, "invalid argument")
        entry = decode_entry(arguments[position])
        if self._store.bucket(entry.bucket) is None:
            raise no_such_bucket()
        return entry


def _options(arguments: Sequence[str]) -> dict[str, str]:
    """`name/value` segments in any order."""
    if len(arguments) % 2:
        raise KodoError(400, "invalid argument")
    return dict(zip(arguments[::2], arguments[1::2], strict=True))


def _no_more(arguments: Sequence[str]) -> None:
    if arguments:
        raise KodoError(400, f"unknown argument: {arguments[0]}")


def _only_number(arguments: Sequence[str], name: str, allowed: range) -> int:
    options = _options(arguments)
    number = _number(options.pop(name, ""), allowed)
    _no_more(list(options))
    return number


def _number(text: str, allowed: range) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and int(text) in allowed):
        raise KodoError(400, "invalid argument")
    return int(text)


def _check_condition(condition: str | None, stored: StoredObject) -> None:
    """Protocol §4: `cond` names what the object must still be; 412 on a mismatch [unv cond-status]."""
    if condition is None:
        return
    actual = {
        "hash": stored.hash,
        "mime": stored.mime,
        "fsize": str(stored.size_bytes),
        "putTime": str(stored.put_time),
    }
    wanted = parse_qs(decode_argument(condition), keep_blank_values=True)
    for name, values in wanted.items():
        if name not in actual:
            raise KodoError(400, f"unknown condition: {name}")
        if values != [actual[name]]:
            raise KodoError(412, "condition not matched")

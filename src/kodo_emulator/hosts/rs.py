"""The rs host: what can be done to an object by its name (protocol §4). Each operation works alone and in a batch."""

from collections.abc import Callable, Mapping, Sequence

from kodo_emulator.clock import Clock
from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.describe import Shown
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.hosts.rs_contents import ContentOperations
from kodo_emulator.hosts.rs_life import LifeOperations
from kodo_emulator.net.http1 import Refusal, Response, parse_fields
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.net.turns import Turns, in_turns
from kodo_emulator.protocol.arguments import flag
from kodo_emulator.protocol.replies import empty_response, json_response
from kodo_emulator.store.interface import Store

MAX_BATCH = 1000


class RsHost:
    """Answers of the rs host."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._contents = ContentOperations(store, clock)
        self._operations: Mapping[str, Callable[[list[str]], None]] = {
            **self._contents.by_name(),
            **LifeOperations(store, clock).by_name(),
        }

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Each operation has a path of its own name; stat alone may be asked with GET."""
        table.add("rs", "GET POST", "/stat/…", management.signed(self.operate, ("needparts",)))
        for name in self._operations:
            table.add("rs", "POST", f"/{name}/…", management.signed(self.operate))
        table.add("rs", "POST", "/batch", management.signed(self.batch, ("op",)))

    def operate(self, call: Call) -> Response:
        """One operation, named by the first path segment."""
        result = self._run(call.segments, with_parts=flag("needparts", call.get("needparts")))
        return empty_response() if result is None else json_response(200, result)

    async def batch(self, call: Call) -> Response:
        """Protocol §4.1: each operation alone; 298 if any of them failed."""
        if not 1 <= len(call.pairs) <= MAX_BATCH:
            raise KodoError(400, f"invalid argument: a batch has 1 to {MAX_BATCH} operations")  # [unv batch-too-long]
        results = await in_turns(self._run_all([operation for _, operation in call.pairs], call.refusal))
        failed = any(result["code"] != 200 for result in results)
        return json_response(298 if failed else 200, results)

    def _run_all(self, operations: Sequence[str], refusal: Refusal) -> Turns[list[dict[str, object]]]:
        """A thousand writes wait for the disk: others take their turns in between."""
        results: list[dict[str, object]] = []
        for operation in operations:
            status = refusal(operation)
            results.append(self._run_one(operation) if status is None else _refused(status))
            yield
        return results

    def _run_one(self, operation: str) -> dict[str, object]:
        path, _, query = operation.removeprefix("/").partition("?")
        segments = path.split("/")
        try:
            data = self._run(segments, with_parts=_wants_parts(segments[0], query))
        except KodoError as error:
            return {"code": error.status, "data": {"error": error.message}}
        return {"code": 200} if data is None else {"code": 200, "data": data}

    def _run(self, segments: Sequence[str], *, with_parts: bool) -> Shown | None:
        name, *arguments = segments
        if name == "stat":
            return self._contents.stat(arguments, with_parts=with_parts)
        operation = self._operations.get(name)
        if operation is None:
            raise KodoError(400, f"unknown operation: {name}")
        operation(arguments)
        return None


def _refused(status: int) -> dict[str, object]:
    return {"code": status, "data": {"error": f"injected fault: {status}"}}


def _wants_parts(name: str, query: str) -> bool:
    """What the query of an operation in a batch says; stat alone may have one."""
    parameters = dict(parse_fields(query.encode()))
    wanted = name == "stat" and flag("needparts", parameters.pop("needparts", ""))
    for parameter in parameters:
        raise KodoError(400, f"unknown parameter: {parameter}")
    return wanted

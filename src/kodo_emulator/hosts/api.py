"""The api host: asynchronous fetches (protocol §4), and processing, which this emulator does not do."""

from kodo_emulator.errors import KodoError
from kodo_emulator.hosts.fetch_notice import read_job
from kodo_emulator.hosts.fetch_tasks import FetchTasks
from kodo_emulator.hosts.management import Call, Management
from kodo_emulator.net.http1 import Request, Response
from kodo_emulator.net.routes import RouteTable
from kodo_emulator.protocol.replies import json_response

_PROCESSING = ("/pfop", "/pfop/", "/prefop", "/status/get/prefop")


class ApiHost:
    """Answers of the api host."""

    def __init__(self, tasks: FetchTasks) -> None:
        self._tasks = tasks

    def add_routes(self, table: RouteTable, management: Management) -> None:
        """Add what this host answers."""
        table.add("api", "GET POST", "/sisyphus/fetch", management.signed_document(self.fetch, ("id",)))
        for path in _PROCESSING:
            table.add("api", "GET POST", path, refuse_processing)

    def fetch(self, call: Call) -> Response:
        """POST queues a job, GET with its id asks how many are before it."""
        if call.method == "GET":
            task_id = call.required("id")
        elif call.pairs:
            raise KodoError(400, "unknown parameter: id")
        else:
            task_id = self._tasks.add(read_job(call.body))
        return json_response(200, {"id": task_id, "wait": self._tasks.ahead(task_id)})


async def refuse_processing(_request: Request) -> Response:
    """Persistent processing.

    Raises:
        KodoError: 501.
    """
    raise KodoError(501, "not supported by this emulator: pfop")

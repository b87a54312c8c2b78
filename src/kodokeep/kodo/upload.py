"""Uploads: requests in, results out, with lanes at work in between (design §8).

What belongs here: what an upload is to the crew that does it, and closing files. What does not: its way
(`form_upload`, `part_upload`), transfers (`lane`).
"""

from collections.abc import Iterable, Iterator
from contextlib import closing

from kodokeep.kodo.asking import Bases
from kodokeep.kodo.chores import Chores, Common, Job, Result
from kodokeep.kodo.commit import Desk, Upload
from kodokeep.kodo.crew import Bounds, Crew, Paces
from kodokeep.kodo.form_upload import FormUploads
from kodokeep.kodo.hosts import BucketHosts
from kodokeep.kodo.part_upload import PartUploads
from kodokeep.kodo.tools import Account, Tools
from kodokeep.model.outcome import NotUploaded, OutcomeKind, Uploaded
from kodokeep.ports import StopSignal, UploadRequest

LARGE_BYTES = 512 * 1024
"""From here on a file is read and hashed in a thread beside the one for small files, and few at once."""

_BOUNDS = Bounds(look_ahead=128, retried_at_the_end=64)  # every one is an open file
_PARTS_AT_ONCE = 4


class Uploads:
    """One `upload` call. Small files share a lane; each of a few other lanes sends several parts at once."""

    def __init__(self, tools: Tools, account: Account, hosts: BucketHosts, stop: StopSignal) -> None:
        self._crew: Crew[Job, Result] = Crew(_BOUNDS, stop, tools.notice, _is_large)
        desk = Desk(
            account.bucket, account.signer, tools.retry, Bases(hosts.up), Bases(hosts.rs), account.now_s,
            self._crew.halted,
        )  # fmt: skip
        self._limits = account.limits
        self._forms = FormUploads(desk)
        self._parts = PartUploads(desk, account.limits)
        common = Common(tools.transport, tools.meter, self._crew.halted)
        paces = Paces.of(tools.transfers, _PARTS_AT_ONCE)
        self._crew.hire(lambda pace: Chores(common, pace), paces, tools.transport.limiter)
        self._open: set[Job] = set()

    def results(self, requests: Iterable[UploadRequest]) -> Iterator[Uploaded | NotUploaded | None]:
        """See ports.Bucket.upload."""
        jobs = (self._job(Upload(request)) for request in requests)
        try:
            with closing(self._crew.results(jobs, self._again)) as results:
                for ended in results:
                    if ended is None:
                        yield None
                        continue
                    job, result = ended
                    self._close(job)
                    yield result
        finally:
            for job in list(self._open):
                self._close(job)

    def _job(self, upload: Upload) -> Job:
        small = upload.request.source.size_bytes <= self._limits.form_bytes
        job = Job(upload, (self._forms if small else self._parts).script(upload))
        self._open.add(job)
        return job

    def _again(self, job: Job, result: Result) -> Job | None:
        """Another try for what failed; its file stays open."""
        if not isinstance(result, NotUploaded) or result.kind is not OutcomeKind.FAILED:
            return None
        self._open.discard(job)
        return self._job(job.upload)

    def _close(self, job: Job) -> None:
        self._open.discard(job)
        job.upload.request.source.close()


def _is_large(job: Job) -> bool:
    return job.upload.request.source.size_bytes >= LARGE_BYTES

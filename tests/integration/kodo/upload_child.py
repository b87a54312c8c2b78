"""A process that uploads one file and kills itself when it is about to read a certain offset.

python -m tests.integration.kodo.upload_child UC ACCESS_KEY SECRET_KEY KEY FILE PROGRESS OFFSET
"""

import os
import signal
import sys
import threading
from pathlib import Path

from kodokeep.kodo.bucket import KodoBucket, Tuning
from kodokeep.model.options import Credentials, TransportOptions
from kodokeep.ports import UploadRequest
from tests.integration.kodo.conftest import PUBLIC
from tests.integration.kodo.uploading import MTIME_NS, SMALL, FileSource


def main() -> None:
    uc, access_key, secret_key, key, file, progress, deadly_offset = sys.argv[1:]

    def before_read(offset: int) -> None:
        if offset == int(deadly_offset):
            os.kill(os.getpid(), signal.SIGKILL)

    options = TransportOptions(uc_host=uc)
    bucket = KodoBucket(
        PUBLIC, Credentials(access_key, secret_key), options, notice=lambda _: None, tuning=Tuning(limits=SMALL)
    )
    request = UploadRequest(0, key, FileSource(Path(file), before_read), MTIME_NS, None, progress)
    results = [result for result in bucket.upload([request], threading.Event()) if result is not None]
    sys.stdout.write(f"{results}\n")


if __name__ == "__main__":
    main()

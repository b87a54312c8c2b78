"""`sdk_upload.py TREE BUCKET THREADS`: uploads every file below TREE with the official SDK, as its documentation does.

Below 4 MiB `put_file_v2` sends a form, above that parts of 4 MiB. A program of its own, to be measured.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from qiniu import Auth, put_file_v2, set_default

TOKEN_LIFETIME_S = 3600


def main() -> int:
    """Upload; a file that does not arrive ends all in an error."""
    root, bucket, threads = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    set_default(default_uc_host=os.environ["UC_HOST"])
    auth = Auth(os.environ["QINIU_ACCESS_KEY"], os.environ["QINIU_SECRET_KEY"])

    def upload(path: Path) -> None:
        key = path.relative_to(root).as_posix()
        answer, info = put_file_v2(auth.upload_token(bucket, key, TOKEN_LIFETIME_S), key, str(path))
        if answer is None or answer["key"] != key:
            raise RuntimeError(f"{key}: {info}")

    paths = sorted(path for path in root.rglob("*.bin"))
    if threads == 1:
        for path in paths:
            upload(path)
        return 0
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(upload, paths):
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())

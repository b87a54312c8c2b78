"""`make lock` for the Node SDK: package-lock.json with hashes, and without any address.

npm says where a package comes from (which the machine's own settings decide, so it is left out) and whom one could
give money; the hashes are all that an installation needs to be the same everywhere. It works in an empty folder,
because from packages that are installed already it would take over no hashes.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
LOCK = "package-lock.json"
NPM = Path(sys.executable).parent / "npm"
OPTIONS = (
    "--package-lock-only",
    "--omit-lockfile-registry-resolved",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "package.json", folder)
        subprocess.run([NPM, "install", *OPTIONS], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        document = json.loads(Path(folder, LOCK).read_text())
    for package in document["packages"].values():
        package.pop("funding", None)
    (HERE / LOCK).write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""`make lock` for the Node SDK: package-lock.json with hashes, and without any address.

npm says where a package comes from (which the machine's own settings decide, so it is left out) and whom one could
give money; the hashes are all that an installation needs to be the same everywhere.
"""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
NPM = Path(sys.executable).parent / "npm"


def main() -> None:
    options = (
        "--package-lock-only",
        "--ignore-scripts",
        "--omit-lockfile-registry-resolved",
        "--no-audit",
        "--no-fund",
    )
    LOCK.unlink(missing_ok=True)
    subprocess.run([NPM, "install", *options], cwd=HERE, check=True)
    document = json.loads(LOCK.read_text())
    for package in document["packages"].values():
        package.pop("funding", None)
    LOCK.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""`launch.py REPORT COMMAND…`: runs a command and writes what it took to the file REPORT, as JSON.

A process of its own because a started process inherits the peak memory of whoever starts it: this one is small.
"""

import json
import os
import sys
import time
from pathlib import Path


def main() -> int:
    """Run it; gives its exit code."""
    report, *command = sys.argv[1:]
    started_s = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(pid, 0)
    wall_s = time.perf_counter() - started_s
    figures = {"wall_s": wall_s, "cpu_s": used.ru_utime + used.ru_stime, "peak_bytes": used.ru_maxrss * 1024}
    Path(report).write_text(json.dumps(figures))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())

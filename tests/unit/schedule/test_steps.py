import os
import stat
from pathlib import Path

from kodokeep.schedule.steps import WriteFile, perform


def test_nobody_else_may_change_a_unit_whatever_the_umask(tmp_path: Path) -> None:
    """Whoever may write it runs what they like as the user of the unit."""
    unit = tmp_path / ".config/systemd/user/kodokeep-photos.service"
    before = os.umask(0)
    try:
        perform([WriteFile(str(unit), b"[Service]\n")])
    finally:
        os.umask(before)
    assert unit.read_bytes() == b"[Service]\n"
    for made in (unit, *list(unit.parents)[:3]):
        assert stat.S_IMODE(made.stat().st_mode) & 0o022 == 0

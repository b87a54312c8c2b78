"""Names of parked files: any key, on any disk, found again by its name alone."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kodokeep.local.dirs import Directories
from kodokeep.local.parked import TMP, is_parking, parked, parking_path
from kodokeep.model.key import KEY_MAX_BYTES

KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400).filter(
    lambda key: len(key.encode()) <= KEY_MAX_BYTES
)
NAME_MAX = st.sampled_from([32, 143, 255])


@settings(deadline=None)
@given(st.lists(KEYS, unique=True, max_size=8), NAME_MAX)
def test_every_key_has_a_place_of_its_own_and_is_read_back(keys: list[str], name_max: int) -> None:
    with tempfile.TemporaryDirectory() as root, Directories(root) as directories:
        paths = {parking_path(key, name_max): key for key in keys}
        for path in paths:
            assert is_parking(path)
            assert path == path.lower()
            assert all(0 < len(name) <= name_max for name in path.split("/"))
            Path(root, path).parent.mkdir(parents=True, exist_ok=True)
            Path(root, path).touch(exist_ok=False)
        Path(root, TMP).mkdir(parents=True, exist_ok=True)
        assert dict(parked(directories)) == paths


def test_only_what_is_parked_is_told(tmp_path: Path) -> None:
    tmp = tmp_path / TMP
    (tmp / "empty.parking/empty.parking").mkdir(parents=True)
    (tmp / "directory.parked").mkdir()
    for name in ("some.part", "kzz9.parked", "clock.probe", "kuuuuuuu.parked"):
        (tmp / name).touch()
    (tmp / "link.parked").symlink_to("some.part")
    with Directories(str(tmp_path)) as directories:
        assert list(parked(directories)) == []
        (tmp_path / parking_path("a/b")).touch()
        assert list(parked(directories)) == [(parking_path("a/b"), "a/b")]
    assert not (tmp / "empty.parking").exists()

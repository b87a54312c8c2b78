from dataclasses import replace
from pathlib import Path

import pytest

from kodokeep.config.load import load
from kodokeep.config.writing import NewPair, write_config
from kodokeep.errors import ConfigError
from kodokeep.model.options import Mode

PHOTOS = NewPair(name="photos", bucket="photos", folder="~/backup/photos")


def test_a_first_config_is_read_as_it_was_answered(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.ini"
    answers = NewPair(
        "work", "work-2026", str(tmp_path / "w"), "sync", "w.example.com", "a/", "me", "http://127.0.0.1:9", "daily"
    )
    told = write_config(file, answers)
    read = load(str(file), {})
    assert read == told
    (pair,) = read.pairs
    assert (pair.name, pair.bucket, pair.mode, pair.domain) == ("work", "work-2026", Mode.SYNC, "w.example.com")
    assert (pair.prefix, pair.account, pair.transport.uc_host) == ("a/", "me", "http://127.0.0.1:9")
    assert pair.schedule is not None
    assert pair.schedule.crons == ("0 3 * * *",)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_further_pair_leaves_what_was_there_alone(tmp_path: Path) -> None:
    file = tmp_path / "config.ini"
    mine = "# mine, and it stays\r\n[bucket:letters]\r\nfolder = l  \r\n; the end, without a line break"
    file.write_bytes(mine.encode())
    file.chmod(0o640)
    config = write_config(file, PHOTOS)
    assert file.read_bytes().startswith(mine.encode())
    assert [pair.name for pair in config.pairs] == ["letters", "photos"]
    assert [pair.name for pair in load(str(file), {}).pairs] == ["letters", "photos"]
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_second_pair_of_one_account_does_not_repeat_its_section(tmp_path: Path) -> None:
    file = tmp_path / "config.ini"
    write_config(file, replace(PHOTOS, uc_host="http://127.0.0.1:9"))
    config = write_config(file, NewPair("videos", "videos", "v", uc_host="http://127.0.0.1:9"))
    assert [pair.transport.uc_host for pair in config.pairs] == ["http://127.0.0.1:9"] * 2


@pytest.mark.parametrize(
    ("before", "answers", "told"),
    [
        ("[bucket:photos]\nfolder = p\n", PHOTOS, r"\[bucket:photos\] already"),
        ("[bucket:other]\nfolder = ~/backup/x\nmode = both\n", PHOTOS, r"mode"),
        (None, replace(PHOTOS, domain="no domain"), r"domain"),
        (None, replace(PHOTOS, name="of two\n[bucket:lines]"), r"one line of text"),
    ],
)
def test_nothing_is_written_that_is_no_good_config(
    tmp_path: Path, before: str | None, answers: NewPair, told: str
) -> None:
    file = tmp_path / "config.ini"
    if before is not None:
        file.write_text(before)
    with pytest.raises(ConfigError, match=told):
        write_config(file, answers)
    assert (file.read_text() if file.exists() else None) == before


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"config\.ini: cannot be written"):
        write_config(tmp_path / "file" / "config.ini", PHOTOS)


@pytest.mark.parametrize("field", ["name", "bucket", "folder", "domain", "prefix", "account", "uc_host", "schedule"])
def test_no_answer_can_begin_an_option_of_its_own(tmp_path: Path, field: str) -> None:
    """Names of buckets and domains come from the cloud, which may be anybody's."""
    answers = replace(PHOTOS, **{field: "photos\non_failure = evil"})
    with pytest.raises(ConfigError, match="expected one line of text"):
        write_config(tmp_path / "config.ini", answers)
    assert not (tmp_path / "config.ini").exists()


def test_what_would_be_read_otherwise_than_it_was_answered_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written into a config"):
        write_config(tmp_path / "config.ini", replace(PHOTOS, prefix="holidays "))

import os
from pathlib import Path

import pytest

from kodokeep.config import load, load_if_any, place_for_new
from kodokeep.config.names import pair_names
from kodokeep.errors import ConfigError


def config_at(place: Path, name: str) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"[bucket:{name}]\nfolder = /backup\n", encoding="utf-8")
    return place


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    return tmp_path


def test_the_order_of_places(home: Path) -> None:
    config_at(home / "xdg/kodokeep/config.ini", "user")
    assert load(None, {}).pairs[0].name == "user"
    config_at(home / "config.ini", "here")
    assert load(None, {}).pairs[0].name == "here"
    env = {"KODOKEEP_CONFIG": str(config_at(home / "env.ini", "env"))}
    assert load(None, env).pairs[0].name == "env"
    named = config_at(home / "named.ini", "named")
    assert load(str(named), env).pairs[0].name == "named"


def test_no_config_at_all(home: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"no config file: looked for \./config\.ini or .*xdg/kodokeep/config\.ini"
    ) as caught:
        load(None, {})
    assert caught.value.hint.startswith("kodokeep init  ")
    assert "[bucket:photos]" in caught.value.hint


def test_a_named_file_that_is_missing_never_falls_back(home: Path) -> None:
    config_at(home / "config.ini", "here")
    with pytest.raises(ConfigError, match=r"nope\.ini: no such file \(named by --config\)"):
        load("nope.ini", {})
    with pytest.raises(ConfigError, match=r"nope\.ini: no such file \(named by \$KODOKEEP_CONFIG\)"):
        load(None, {"KODOKEEP_CONFIG": "nope.ini"})
    with pytest.raises(ConfigError, match="no such file"):
        load("a\0b", {})


def test_a_directory_is_no_config(home: Path) -> None:
    with pytest.raises(ConfigError, match="is a directory, expected a file"):
        load(str(home), {})


def test_what_cannot_be_read_is_told(home: Path) -> None:
    (home / "loop.ini").symlink_to("loop.ini")
    with pytest.raises(ConfigError, match=r"loop\.ini: cannot be read"):
        load("loop.ini", {})


def test_another_encoding_is_told_with_its_line(home: Path) -> None:
    (home / "gbk.ini").write_bytes("[bucket:a]\nfolder = /备份\n".encode("gbk"))
    with pytest.raises(ConfigError, match=r"gbk\.ini: line 2: not UTF-8"):
        load("gbk.ini", {})


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble(home: Path) -> None:
    (home / "bom.ini").write_bytes("\ufeff[bucket:a]\r\nfolder = /a\r\n".encode())
    assert load("bom.ini", {}).pairs[0].folder == "/a"


SOMEBODY = 65_534


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> int:
    """We are somebody whom nothing here belongs to; gives whom it does belong to."""
    owner = 1000 if os.getuid() == 0 else os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: SOMEBODY)
    return owner


def give(path: Path, owner: int) -> Path:
    if os.geteuid() == 0:
        os.chown(path, owner, -1, follow_symlinks=False)
    return path


def test_somebody_elses_config_in_the_current_directory_is_not_used(home: Path, stranger: int) -> None:
    """It would have our keys sign for a server of theirs, and write to a folder of their choice."""
    file = give(config_at(home / "config.ini", "trap"), stranger)
    for use in (load, load_if_any, place_for_new):
        with pytest.raises(ConfigError) as caught:
            use(None, {})
        assert caught.value.message == f"{file}: not used, because it belongs to user {stranger}"
        assert caught.value.hint == "if you mean it: --config ./config.ini"
    assert pair_names(None, {}) == ()


def test_what_is_named_is_meant(home: Path, stranger: int) -> None:
    give(config_at(home / "config.ini", "theirs"), stranger)
    assert load("config.ini", {}).pairs[0].name == "theirs"
    assert load(None, {"KODOKEEP_CONFIG": "./config.ini"}).pairs[0].name == "theirs"


def test_a_strangers_link_is_theirs_whatever_it_leads_to(home: Path, stranger: int) -> None:
    """Relative folders would count from where the link is."""
    give(config_at(home / "elsewhere/own.ini", "own"), SOMEBODY)
    (home / "config.ini").symlink_to("elsewhere/own.ini")
    give(home / "config.ini", stranger)
    with pytest.raises(ConfigError, match=f"not used, because it belongs to user {stranger}"):
        load(None, {})


def test_one_that_everybody_may_write_is_not_used(home: Path) -> None:
    file = config_at(home / "config.ini", "here")
    file.chmod(0o664)
    assert load(None, {}).pairs[0].name == "here"
    file.chmod(0o646)
    with pytest.raises(ConfigError, match="not used, because everybody may write it"):
        load(None, {})


def test_what_a_bucket_put_into_the_current_directory_is_not_used(home: Path) -> None:
    config_at(home / "config.ini", "from-the-bucket")
    (home / ".kodokeep").mkdir()
    with pytest.raises(ConfigError, match="not used, because whoever may write to the bucket of"):
        load(None, {})
    assert load("./config.ini", {}).pairs[0].name == "from-the-bucket"

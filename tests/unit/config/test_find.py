from pathlib import Path

import pytest

from kodokeep.config import load
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

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodokeep.config import Config, load
from kodokeep.config.load import from_text
from kodokeep.config.schema import AccountSection, PairSection
from kodokeep.errors import ConfigError
from kodokeep.model.options import Deletions, GuardOptions, Mode, TransportOptions

FILE = Path("/etc/kodokeep/config.ini")


def read(text: str) -> Config:
    return from_text(text, FILE)


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert caught.value.exit_code == 2
    return caught.value.message.replace(f"{FILE}: ", "")


def test_the_smallest_config_has_defaults_for_everything_else() -> None:
    (pair,) = read("[bucket:photos]\nfolder = /backup/photos\n").pairs
    assert (pair.name, pair.bucket, pair.account, pair.folder) == ("photos", "photos", "", "/backup/photos")
    assert (pair.mode, pair.deletions, pair.prefix, pair.domain) == (Mode.BACKUP, Deletions.PROPAGATE, "", None)
    assert pair.guard == GuardOptions()
    assert pair.transport == TransportOptions()
    with pytest.raises(FrozenInstanceError):
        pair.folder = "/"  # type: ignore[misc]


def test_every_option_of_a_pair(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.touch()
    (pair,) = read(
        f"""
        [account:work]
        uc_host = uc.example.com
        [bucket:photos]
        bucket = Photos_2019
        account = work
        folder = /backup/photos
        mode = backup
        domain = cdn.example.com
        prefix = images/照片/
        https = no
        proxy = socks5h://user:secret@127.0.0.1:1080
        ca_file = {ca_file}
        deletions = keep
        guard_percent = 12.5 %
        guard_objects = 0
        guard_bytes = 1.5G
        transfers = 16
        state_dir = /var/lib/kodokeep
        """
    ).pairs
    assert (pair.bucket, pair.account, pair.domain) == ("Photos_2019", "work", "cdn.example.com")
    assert (pair.prefix, pair.deletions, pair.state_dir) == ("images/照片/", Deletions.KEEP, "/var/lib/kodokeep")
    assert pair.guard == GuardOptions(percent=12.5, objects=0, bytes_limit=3 * 2**29)
    assert pair.transport == TransportOptions(
        uc_host="uc.example.com",
        https=False,
        proxy="socks5h://user:secret@127.0.0.1:1080",
        ca_file=str(ca_file),
        transfers=16,
    )


def test_defaults_fill_in_and_a_pair_overrides_them() -> None:
    first, second = read(
        "[defaults]\ndeletions = keep\nguard_objects = 5\n"
        "[bucket:a]\nfolder = /a\n[bucket:b]\nfolder = /b\ndeletions = propagate\n"
    ).pairs
    assert (first.deletions, first.guard.objects) == (Deletions.KEEP, 5)
    assert (second.deletions, second.guard.objects) == (Deletions.PROPAGATE, 5)


def test_a_shared_state_directory_is_divided_among_the_pairs() -> None:
    first, second = read("[defaults]\nstate_dir = /state\n[bucket:a]\nfolder = /a\n[bucket:b]\nfolder = /b\n").pairs
    assert (first.state_dir, second.state_dir) == ("/state/a", "/state/b")
    text = "[bucket:a]\nfolder = /a\nstate_dir = /s\n[bucket:b]\nfolder = /b\nstate_dir = /x/../s\n"
    assert complaint(text) == "[bucket:b] state_dir: is that of [bucket:a], too; give it its own"


def test_paths_know_home_and_count_from_the_config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    file = tmp_path / "config.ini"
    file.write_text("[bucket:a]\nfolder = ~/a\n[bucket:b]\nfolder = link/../link/b\n[bucket:c]\nfolder = $HOME/%(x)s\n")
    folders = [pair.folder for pair in load(str(file), {}).pairs]
    assert folders == [str(tmp_path / "home/a"), str(tmp_path / "real/b"), str(tmp_path / "$HOME/%(x)s")]


@pytest.mark.parametrize(
    ("account", "own", "https"),
    [
        ("", "", True),
        ("uc_host = http://127.0.0.1:9000", "", False),
        ("uc_host = http://127.0.0.1:9000", "https = yes", True),
        ("uc_host = https://uc.example.com", "", True),
        ("uc_host = uc.example.com", "https = off", False),
    ],
)
def test_https_follows_the_private_cloud(account: str, own: str, https: bool) -> None:
    (pair,) = read(f"[account]\n{account}\n[bucket:a]\nfolder = /a\n{own}\n").pairs
    assert pair.transport.https is https


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("guard_percent = lots", '"lots": expected a number from 0 to 100'),
        ("guard_percent = 101", '"101": expected a number from 0 to 100'),
        ("guard_percent = nan", '"nan": expected a number from 0 to 100'),
        ("guard_objects = -1", '"-1": expected a whole number, 0 or more'),
        ("guard_bytes = 10X", '"10X": expected a size such as 500M, 10G or 1.5T'),
        ("transfers = 0", '"0": expected a whole number from 1 to 1000'),
        ("https = maybe", '"maybe": expected yes or no'),
        ("mode = mirror", '"mirror": expected backup, sync or publish'),
        ("min_size = 3d", '"3d": expected a size such as 500M, 10G or 1.5T'),
        ("max_age = 3", '"3": expected an age such as 12h, 3d or 2w (s, m, h, d, w)'),
        ("max_age = -3d", '"-3d": expected an age such as 12h, 3d or 2w (s, m, h, d, w)'),
        ("portable_names = perhaps", '"perhaps": expected yes or no'),
        ("symlinks = copy", '"copy": expected skip or follow'),
        ("exclude = a//b", '"a//b": expected a pattern as in .gitignore (* stands for an empty name)'),
        ("bucket = a/b", "\"a/b\": expected a bucket's name: up to 63 letters, digits and '-'"),
        (
            "domain = http://h/x",
            '"http://h/x": expected a host such as files.example.com or http://127.0.0.1:9000, without a path',
        ),
        (f"prefix = {'é' * 376}", None),
        ("account = work", '"work": expected the NAME of an [account:NAME] section'),
        ("ca_file = /no/such.pem", '"/no/such.pem": expected a file of certificates that exists'),
        ("state_dir =", '"": expected a path such as ~/backup/photos, without quotes'),
    ],
)
def test_a_wrong_value_is_told_with_section_option_value_and_expectation(line: str, expected: str | None) -> None:
    message = complaint(f"[bucket:photos]\nfolder = /a\n{line}\n")
    option, _, _ = line.partition(" ")
    assert message.startswith(f"[bucket:photos] {option} = ")
    assert expected is None or message == f"[bucket:photos] {option} = {expected}"


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_a_port_that_no_machine_has_is_refused(port: str) -> None:
    assert "expected a host such as" in complaint(f"[bucket:a]\nfolder = /a\ndomain = h:{port}\n")
    assert read("[bucket:a]\nfolder = /a\ndomain = h:65535\n").pairs[0].domain == "h:65535"


def test_a_folder_inside_what_kodokeep_keeps_for_itself_is_refused() -> None:
    assert "not inside a .kodokeep" in complaint("[bucket:a]\nfolder = /backup/.kodokeep/history\n")


def test_all_problems_come_at_once() -> None:
    lines = complaint("[bucket:a]\n[bucket:b]\nfolder = /b\ntransfers = x\n[defaults]\nhttps = x\n").splitlines()
    assert len(lines) == 3
    assert "[bucket:a] folder is missing: expected for example folder = ~/backup/photos" in lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[bucket:a]\nfolder = /a\nhttp = no", "[bucket:a] http: unknown option; did you mean https?"),
        ("[default]\nmode = backup", "[default]: unknown section; did you mean [defaults]?"),
        ("[Bucket:a]\nfolder = /a", "[Bucket:a]: unknown section; did you mean [bucket:a]?"),
        ("[accounts:w]", "[accounts:w]: unknown section; did you mean [account:w]?"),
        ("[bucket:]", "[bucket:]: expected [bucket:NAME] with a name of letters, digits, '.', '_' and '-'"),
        ("[defaults]\nfolder = /a", "[defaults] folder: cannot be shared; set it in each [bucket:NAME]"),
        ("folder = /a", "line 1: expected a section such as [bucket:photos] before the first option"),
        ("[bucket:a]\n\nfolder = /a\nFolder = /b", "line 4: [bucket:a] folder is there twice"),
        ("[bucket:a]\nfolder = /a\n[bucket:a]", "line 3: [bucket:a] is there twice"),
        ("[bucket:a]\nfolder", "line 2: expected [section], option = value, or # comment"),
        (
            "[account:a-b]\n[account:A_B]\n[bucket:a]\nfolder = /a",
            (
                "[account:A_B]: its keys would come from $QINIU_ACCESS_KEY_A_B, as those of [account:a-b] do;"
                " give it another name"
            ),
        ),
        ("", "no section [bucket:NAME], so there is nothing to do"),
    ],
)
def test_what_is_wrong_with_sections_and_options(text: str, message: str) -> None:
    assert complaint(text) == message


def test_a_mistyped_account_suggests_the_nearest() -> None:
    message = complaint("[account:work]\n[bucket:a]\nfolder = /a\naccount = wrok\n")
    assert message.endswith("expected the NAME of an [account:NAME] section; did you mean work?")


def test_keys_in_the_config_are_refused_and_never_shown() -> None:
    message = complaint(
        "[account]\nsecret_key = s3cr3t-value\n[bucket:a]\nfolder = /a\ndomain = ftp://me:s3cr3t-value@h\n"
    )
    assert "[account] secret_key: keys are not kept in the config" in message
    assert '"ftp://***@h"' in message
    assert "s3cr3t" not in message
    assert "s3cr3t" not in complaint("[account]\ns3cr3t-value\n")


def test_an_empty_config_shows_the_smallest_useful_one() -> None:
    with pytest.raises(ConfigError) as caught:
        read("# nothing yet\n")
    assert "[bucket:photos]\n    folder = ~/backup/photos" in caught.value.hint


def test_chosen_pairs() -> None:
    config = read("[bucket:photos]\nfolder = /a\n[bucket:videos]\nfolder = /b\n")
    assert [pair.name for pair in config.chosen([])] == ["photos", "videos"]
    assert [pair.name for pair in config.chosen(["videos", "photos", "videos"])] == ["videos", "photos"]
    with pytest.raises(ConfigError, match=r"no section \[bucket:photo\]") as caught:
        config.chosen(["photo"])
    assert caught.value.hint == "did you mean photos?"


option_names = st.sampled_from(sorted({*PairSection.model_fields, *AccountSection.model_fields}))
option_lines = st.builds(lambda name, value: f"{name} = {value}", option_names, st.text(max_size=30))
headers = st.sampled_from(["[account]", "[account:x]", "[defaults]", "[bucket:a]", "[bucket:b]", "[bucket:a:b]"])
config_lines = st.one_of(option_lines, headers, st.text(max_size=30), st.just("folder = /a"))


@given(st.one_of(st.text(), st.lists(config_lines).map("\n".join), st.lists(config_lines).map("[bucket:z]\n".join)))
def test_any_text_is_a_config_or_a_config_error(text: str) -> None:
    try:
        config = read(text)
    except ConfigError:
        return
    assert config.pairs
    assert all(Path(pair.folder).is_absolute() for pair in config.pairs)

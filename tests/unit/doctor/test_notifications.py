"""Who is told of runs: everybody is tried, nobody is told a secret, and a pair that nobody hears of is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kodokeep.config.load import Config, from_text
from kodokeep.credentials import describe
from kodokeep.doctor import notifications
from kodokeep.doctor.visit import Visit
from kodokeep.model.alert import ChannelOptions
from kodokeep.model.finding import Finding, Level
from kodokeep.model.options import Credentials

CHANNELS = """
[notify:ops]
url = json://ops.example.com/SECRET
[notify:photos-only]
url = json://chat.example.com/SECRET
pairs = photos
[bucket:photos]
folder = /a
[bucket:letters]
folder = /b
heartbeat = https://user:SECRET@hc.example.com/SECRET
on_failure = /bin/true
"""
NOBODY = "[bucket:photos]\nfolder = /a\n[bucket:letters]\nfolder = /b\nheartbeat_start = https://hc.example.com/s\n"


@dataclass(slots=True)
class Post:
    """Takes messages; says what it was told to say."""

    failures: Mapping[str, str] = field(default_factory=dict)
    unreachable: str = ""
    sent: list[str] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)

    def send_test(self, channels: Sequence[ChannelOptions]) -> Mapping[str, str]:
        self.sent += [channel.name for channel in channels]
        return self.failures

    def reach(self, url: str) -> str:
        self.reached.append(url)
        return self.unreachable


def examined(text: str, post: Post | None, *names: str) -> list[Finding]:
    config: Config = from_text(text, Path("/nowhere/config.ini"))
    visit = Visit(
        config,
        config.chosen(names),
        {},
        lambda _pair: Credentials("a", "s"),
        lambda a: describe(a, {}),
        messenger=post,
    )
    found = list(notifications.examine(visit))
    assert all("SECRET" not in finding.detail + finding.mend for finding in found)
    assert all(bool(finding.mend) is (finding.level is not Level.OK) for finding in found)
    return found


def test_everybody_gets_a_test_and_hosts_of_heartbeats_are_reached_once() -> None:
    post = Post()
    found = examined(CHANNELS, post)
    assert post.sent == ["ops", "photos-only"]
    assert len(post.reached) == 1
    assert [(finding.check, finding.level) for finding in found] == [
        ("channel", Level.OK), ("channel", Level.OK), ("heartbeat", Level.OK), ("commands", Level.OK)
    ]  # fmt: skip


def test_only_those_who_hear_of_the_chosen_pairs_are_troubled() -> None:
    post = Post()
    examined(CHANNELS, post, "letters")
    assert post.sent == ["ops"]


def test_who_cannot_be_reached_is_told_and_the_others_are_tried_all_the_same() -> None:
    found = examined(CHANNELS, Post({"ops": "refused: 403"}, unreachable="no answer within 10 s"))
    assert [(finding.level, finding.detail) for finding in found][:3] == [
        (Level.FAILED, "[notify:ops]: refused: 403"),
        (Level.OK, "[notify:photos-only]: got a test"),
        (Level.FAILED, "hc.example.com (letters): no answer within 10 s"),
    ]


def test_without_a_messenger_nobody_is_told_anything() -> None:
    assert all("not tried" in each.detail for each in examined(CHANNELS, None) if each.check != "commands")


@pytest.mark.parametrize("post", [None, Post()])
def test_a_pair_that_nobody_hears_of(post: Post | None) -> None:
    """A start that is told says nothing of a failure."""
    unheard = [each.detail for each in examined(NOBODY, post) if each.check == "alerts"]
    assert len(unheard) == 2
    assert "photos" in unheard[0]

"""Who is told how a run went: channels, commands and heartbeats on loopback, real runs against the emulator."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kodokeep.local.lock import FolderLock
from tests.e2e.kit import Result, World
from tests.e2e.process import Program
from tests.receivers import Web, web


class Watched:
    """A world whose pair has a channel, a heartbeat and commands."""

    def __init__(self, world: World, receiver: Web) -> None:
        self.world = world
        self.receiver = receiver
        self.hooks = world.root / "hooks"
        self.configure()

    def configure(self, extra: str = "", channel: str = "on = all") -> None:
        """Write the config, with these lines at its end and for the channel."""
        hook = f"sh -c 'echo $KODOKEEP_EVENT >> {self.hooks}'"
        kinds = ("success", "warnings", "failure", "held")
        self.world.configure(heartbeat=f"{self.receiver.url}/uuid", **{f"on_{kind}": hook for kind in kinds})
        notify = f"[notify:phone]\nurl = {self.receiver.channel('token')}\n{channel}\n"
        self.world.config.write_text(notify + self.world.config.read_text() + extra)

    def told(self, *command: str, env: dict[str, str] | None = None) -> tuple[Result, str, str]:
        """What a command came to, and the title and text of the one message that it led to."""
        before = len(self.receiver.messages)
        result = self.world.tell(*(command or ("run",)), env=env)
        ((title, text),) = self.receiver.messages[before:]
        assert title.startswith("kodokeep: ")
        return result, title.removeprefix("kodokeep: "), text

    @property
    def events(self) -> list[str]:
        """What the commands were told so far."""
        return self.hooks.read_text().split() if self.hooks.exists() else []


@pytest.fixture
def watched(world: World) -> Iterator[Watched]:
    with web() as receiver:
        yield Watched(world, receiver)


def test_a_success_is_told_to_all_who_want_to_hear_it(watched: Watched) -> None:
    watched.world.put_many({f"a/{number}.jpg": b"x" for number in range(3)})
    result, title, text = watched.told()
    assert result.exit == 0
    assert title.startswith("photos: done (")
    assert f"Bucket {watched.world.bucket}, folder {watched.world.folder}" in text
    assert "3 listed = 3 downloaded" in text
    assert watched.receiver.beats == ["/uuid/start", "/uuid"]
    assert watched.events == ["success"]


def test_by_default_a_success_is_no_news(watched: Watched) -> None:
    watched.configure(channel="")
    assert watched.world.run().exit == 0
    assert watched.receiver.messages == []


def test_objects_that_failed_are_a_warning_and_named_only_if_they_may_be(watched: Watched) -> None:
    world = watched.world
    world.put_many({"good.jpg": b"1", "bad-MARKER.jpg": b"2" * 100})
    world.emulator.faults([{"path": "MARKER", "status": 599}])
    result, title, text = watched.told()
    assert result.exit == 3
    assert title.startswith("photos: done, with warnings")
    assert "1 object failed; the next run tries it first" in text
    assert "MARKER" not in text
    watched.configure(channel="key_names = yes")
    _, _, text = watched.told()
    assert "Failed: bad-MARKER.jpg" in text
    assert watched.receiver.beats[-1] == "/uuid/fail"
    assert watched.events == ["warnings", "warnings"]


def test_refused_keys_are_a_failure_and_later_that_it_works_again(watched: Watched) -> None:
    watched.configure(channel="")
    result, title, text = watched.told(env=watched.world.env | {"QINIU_SECRET_KEY": "wrong"})
    assert result.exit == 6
    assert title.startswith("photos: failed")
    assert "the access key or secret key is refused" in text
    assert f"Next: kodokeep --config {watched.world.config} doctor photos" in text
    result, title, _ = watched.told()
    assert result.exit == 0
    assert title.startswith("photos: works again")
    assert watched.world.run().exit == 0
    assert len(watched.receiver.messages) == 2


def test_missing_keys_are_told(watched: Watched) -> None:
    result, title, text = watched.told(env={"QINIU_ACCESS_KEY": "x"})
    assert result.exit == 2
    assert title.startswith("photos: failed")
    assert "Kept safe: nothing was changed." in text
    assert watched.receiver.beats == ["/uuid/start", "/uuid/fail"]
    assert watched.events == ["failure"]


def test_a_cloud_that_cannot_be_reached_is_told(watched: Watched) -> None:
    with web() as gone:
        uc = gone.url
    config = watched.world.config
    config.write_text(config.read_text().replace(watched.world.emulator.uc, uc))
    result, title, text = watched.told()
    assert result.exit == 6
    assert title.startswith("photos: failed")
    assert f"no answer from {uc.removeprefix('http://')}" in text


def test_what_a_guard_holds_is_told_with_the_way_on(watched: Watched) -> None:
    world = watched.world
    world.put_many({f"{number:02}": b"x" for number in range(30)})
    watched.told()
    world.put_many({f"{number:02}": b"y" for number in range(30)})
    result, title, text = watched.told()
    assert result.exit == 4
    assert title.startswith("photos: held")
    (step,) = [line.removeprefix("To go on: ") for line in text.splitlines() if line.startswith("To go on: ")]
    arguments = shlex.split(step)
    assert arguments[:3] == ["kodokeep", "--config", str(world.config)]
    result, title, _ = watched.told(*arguments[3:])
    assert result.exit == 0
    assert watched.events == ["success", "held", "success"]


def test_a_folder_that_is_not_mounted_is_told(watched: Watched) -> None:
    watched.world.put("a", b"1")
    watched.told()
    (watched.world.private / "identity.json").unlink()
    result, _, text = watched.told()
    assert result.exit == 4
    assert "is the right disk mounted?" in text
    assert "Kept safe: nothing was changed." in text


def test_another_run_at_work_is_no_news(watched: Watched) -> None:
    watched.told()
    with FolderLock(watched.world.private, now=lambda: datetime.now(UTC)):
        assert watched.world.tell("run").exit == 5
    assert len(watched.receiver.messages) == 1
    assert watched.receiver.beats == ["/uuid/start", "/uuid", "/uuid/start"]


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        ("mode = bakcup\n", "mode"),
        ("rubbish\n", "expected [section], option = value, or # comment"),
        ("[bucket:photos]\nfolder = x\n", "is there twice"),
        (
            "[bucket:other]\nfolder = folder/inside\n",
            "expected folders that are neither equal nor one inside the other",
        ),
    ],
)
def test_a_config_that_cannot_be_used_is_told_and_later_that_it_can(watched: Watched, mistake: str, told: str) -> None:
    watched.configure(extra=mistake, channel="")
    result, title, text = watched.told()
    assert result.exit == 2
    assert title.startswith("cannot start, no pair is run")
    assert told in text
    assert f"Next: kodokeep --config {watched.world.config} doctor" in text
    assert watched.receiver.beats == ["/uuid/fail"]
    assert watched.events == ["failure"]
    watched.configure(channel="")
    result, title, _ = watched.told()
    assert result.exit == 0
    assert title.startswith("can start again")


def test_a_pair_that_is_not_there_any_more_is_told(watched: Watched) -> None:
    result, title, text = watched.told("run", "fotos")
    assert result.exit == 2
    assert title.startswith("fotos cannot start")
    assert "no section [bucket:fotos]" in text


def test_with_no_alerts_nobody_is_told(watched: Watched) -> None:
    assert watched.world.tell("run", "--no-alerts").exit == 0
    watched.configure(extra="rubbish\n")
    assert watched.world.tell("run", "--no-alerts").exit == 2
    assert watched.receiver.requests == []
    assert watched.events == []


def test_a_plan_that_is_applied_is_watched_like_a_run(watched: Watched) -> None:
    watched.world.put("a", b"1")
    plan = watched.world.root / "plan"
    assert watched.world.tell("plan", "-o", str(plan)).exit == 0
    assert watched.receiver.requests == []
    result, title, _ = watched.told("apply", str(plan))
    assert result.exit == 0
    assert title.startswith("photos: done")
    assert watched.receiver.beats == ["/uuid/start", "/uuid"]
    result, title, _ = watched.told("apply", str(watched.world.root / "no-plan"))
    assert result.exit == 2
    assert title.startswith("cannot start")
    count = len(watched.receiver.requests)
    assert watched.world.tell("apply", "--no-alerts", str(plan)).exit == 3
    assert len(watched.receiver.requests) == count


def test_each_pair_has_its_message_and_those_that_were_not_run_are_looked_after(watched: Watched) -> None:
    folder = watched.world.root / "films"
    watched.configure(
        extra=f"[bucket:films]\nbucket = no-such-bucket\nfolder = {folder}\nstale_after = 1s\n",
        channel="on = failure, stale",
    )
    assert watched.world.tell("run").exit == 2
    assert watched.world.tell("run", "photos").exit == 0
    titles = [title.removeprefix("kodokeep: ").partition(" (")[0] for title, _ in watched.receiver.messages]
    assert titles[0] == "films: failed"
    assert set(titles[1:]) <= {"films: no successful run yet"}


def test_a_run_that_was_killed_is_told_of_by_the_next_one(watched: Watched) -> None:
    world = watched.world
    world.put("a", b"x" * 1000)
    world.emulator.faults([{"host": "io", "delay_s": 600}])
    with Program(world) as program:
        program.wait_for('"planned"')
        program.kill()
    world.emulator.clear_faults()
    result, title, text = watched.told()
    assert result.exit == 0
    assert title.startswith("photos: done, with warnings")
    assert "was cut off" in text
    _, title, _ = watched.told()
    assert title.startswith("photos: done (")


def test_status_tells_who_could_not_be_reached_until_they_are(watched: Watched) -> None:
    watched.receiver.statuses = [500]
    assert "alert to phone failed" in watched.world.tell("run").stderr
    status = watched.world.tell("status")
    assert (status.exit, status.stdout.startswith("photos: ok")) == (0, True)
    assert "phone was not reached 0." in status.stderr
    assert "heartbeat of photos was not reached" in status.stderr
    assert "to try everybody: kodokeep" in status.stderr
    watched.receiver.statuses = [200]
    watched.world.tell("run")
    assert watched.world.tell("status").stderr == ""

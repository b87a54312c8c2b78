"""Installing with each kind of timer, changing, taking away. The programs are fakes that remember."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kodokeep.errors import TimersUnusable
from kodokeep.schedule.install import Kept, installation, kept_pairs, removal
from kodokeep.schedule.jobs import Timers
from kodokeep.schedule.keeper import Keeper
from kodokeep.schedule.keepers import Cron, Launchd, Systemd, TaskScheduler
from kodokeep.schedule.steps import perform, shown
from tests.unit.schedule.fake_tools import FakeTools
from tests.unit.schedule.samples import CONFIG, job, timers

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TWO = (job(), job("videos", "weekly"))
KINDS = ("systemd", "system", "cron", "launchd", "tasks")


@dataclass(frozen=True)
class Machine:
    """A keeper, the fake programs, and where the keeper's files are."""

    keeper: Keeper
    tools: FakeTools
    directory: Path

    def install(self, told: Timers, *others: Keeper) -> list[str]:
        """Install, and give what was called."""
        self.tools.calls()
        steps = installation(told, self.keeper, others)
        self.tools.calls()
        perform(steps)
        return self.tools.calls()

    def kept(self, told: Timers) -> dict[str, tuple[Kept, ...]]:
        """Who keeps each pair."""
        found, _ = kept_pairs(told, [self.keeper], NOW)
        return {each.job.name: each.kept_by for each in found}

    def healthy(self, told: Timers) -> bool:
        """True if every pair is kept as the config says."""
        return all(len(kept) == 1 and kept[0].current and kept[0].running for kept in self.kept(told).values())

    def files(self) -> list[str]:
        """The names of what is in the keeper's directory."""
        return sorted(path.name for path in self.directory.iterdir()) if self.directory.exists() else []


def make(kind: str, tools: FakeTools, directory: Path) -> Keeper:
    makers: dict[str, Callable[[], Keeper]] = {
        "systemd": lambda: Systemd(directory),
        "system": lambda: Systemd(directory, system=True),
        "cron": Cron,
        "launchd": lambda: Launchd(directory),
        "tasks": lambda: TaskScheduler(directory),
    }
    tools.add(
        {"systemd": "systemctl", "system": "systemctl", "cron": "crontab", "launchd": "launchctl"}.get(kind, "schtasks")
    )
    return makers[kind]()


@pytest.fixture(params=KINDS)
def machine(request: pytest.FixtureRequest, tools: FakeTools, tmp_path: Path) -> Machine:
    """Each kind of timer in turn."""
    directory = tmp_path / "units" / "of user"
    return Machine(make(request.param, tools, directory), tools, directory)


def test_installed_it_is_what_the_config_says(machine: Machine) -> None:
    told = timers(*TWO)
    assert machine.kept(told) == {"photos": (), "videos": ()}
    machine.install(told)
    assert machine.healthy(told)


def test_installing_again_does_nothing(machine: Machine) -> None:
    machine.install(timers(*TWO))
    assert installation(timers(*TWO), machine.keeper, ()) == []


def test_what_is_shown_is_what_is_written(machine: Machine) -> None:
    told = timers(*TWO)
    lines = "\n".join(shown(installation(told, machine.keeper, ())))
    for pair in TWO:
        assert pair.name in lines
    assert CONFIG in lines
    assert machine.files() == []
    assert machine.tools.crontab == ""


def test_a_changed_schedule_is_told_until_it_is_installed_again(machine: Machine) -> None:
    machine.install(timers(*TWO))
    changed = timers(job(written="daily 04:00"), TWO[1])
    current = {name: kept.current for name, (kept,) in machine.kept(changed).items()}
    assert current == {"photos": False, "videos": True}
    machine.install(changed)
    assert machine.healthy(changed)


def test_a_program_that_moved_is_told_until_it_is_installed_again(machine: Machine) -> None:
    machine.install(timers(*TWO))
    moved = timers(*TWO, program="/opt/kodokeep/bin/kodokeep")
    assert [kept.current for (kept,) in machine.kept(moved).values()] == [False, False]
    machine.install(moved)
    assert machine.healthy(moved)


def test_a_pair_that_is_not_scheduled_any_more_loses_its_timer(machine: Machine) -> None:
    machine.install(timers(*TWO))
    one = timers(TWO[1])
    _, left = kept_pairs(one, [machine.keeper], NOW)
    assert left
    assert all("photos" in each.place for each in left)
    machine.install(one)
    assert kept_pairs(one, [machine.keeper], NOW)[1] == ()
    assert machine.healthy(one)


def test_removed_nothing_is_left(machine: Machine) -> None:
    machine.install(timers(*TWO))
    perform(removal(timers(*TWO), [machine.keeper]))
    assert machine.files() == []
    assert machine.tools.crontab == ""
    assert [name for kind in ("active", "enabled", "loaded", "task") for name in machine.tools.remembered(kind)] == []
    assert removal(timers(*TWO), [machine.keeper]) == []


def test_another_config_is_left_alone(machine: Machine) -> None:
    mine, others = timers(*TWO), timers(*TWO, config="/home/bob/config.ini")
    machine.install(others)
    machine.install(mine)
    assert machine.healthy(mine)
    perform(removal(mine, [machine.keeper]))
    assert machine.healthy(others)


def test_files_of_others_are_left_alone(machine: Machine) -> None:
    machine.directory.mkdir(parents=True)
    foreign = machine.directory / "kodokeep-photos.timer"
    foreign.write_text("mine")
    machine.install(timers(*TWO))
    perform(removal(timers(*TWO), [machine.keeper]))
    assert machine.files() == ["kodokeep-photos.timer"]
    assert foreign.read_text() == "mine"


@pytest.mark.parametrize(
    ("kind", "forgotten"),
    [
        ("systemd", "active-{}.timer"),
        ("system", "enabled-{}.timer"),
        ("launchd", "loaded-{}"),
        ("tasks", "task-{}"),
    ],
)
def test_a_timer_that_does_not_run_is_told_and_woken(
    kind: str, forgotten: str, tools: FakeTools, tmp_path: Path
) -> None:
    machine = Machine(make(kind, tools, tmp_path / "units"), tools, tmp_path / "units")
    told = timers(*TWO)
    machine.install(told)
    tools.forget(forgotten.format(told.label("photos")))
    assert {name: kept.running for name, (kept,) in machine.kept(told).items()} == {"photos": False, "videos": True}
    machine.install(told)
    assert machine.healthy(told)


@pytest.mark.parametrize("kind", ["systemd", "system", "launchd", "tasks"])
def test_a_directory_that_cannot_be_written_is_named(kind: str, tools: FakeTools, tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    keeper = make(kind, tools, tmp_path / "in the way" / "units")
    with pytest.raises(TimersUnusable, match=r"in the way/units/.* cannot be written: Not a directory"):
        perform(installation(timers(), keeper, ()))


def test_systemd_is_told_what_to_load_and_to_start(tools: FakeTools, tmp_path: Path) -> None:
    machine = Machine(make("systemd", tools, tmp_path / "units"), tools, tmp_path / "units")
    told = timers(*TWO)
    photos, videos = f"{told.label('photos')}.timer", f"{told.label('videos')}.timer"
    assert machine.install(told) == [
        "systemctl --user daemon-reload",
        f"systemctl --user enable {photos} {videos}",
        f"systemctl --user restart {photos} {videos}",
    ]
    assert machine.install(timers(TWO[0])) == [
        f"systemctl --user disable --now {videos}", "systemctl --user daemon-reload",
    ]  # fmt: skip


def test_units_of_the_system_keep_their_user(tools: FakeTools, tmp_path: Path) -> None:
    tools.add("systemctl")
    perform(installation(timers(), Systemd(tmp_path, system=True, user="backup"), ()))
    unnamed = Systemd(tmp_path, system=True)
    assert installation(timers(), unnamed, ()) == []
    assert "User=backup\n" in (tmp_path / f"{timers().label('photos')}.service").read_text()


def test_what_systemd_says_against_it_is_told(tools: FakeTools, tmp_path: Path) -> None:
    tools.add("systemctl")
    tools.mark("refuses")
    with pytest.raises(TimersUnusable, match=r"systemctl --user enable .*: Failed to enable unit: Access denied"):
        perform(installation(timers(), Systemd(tmp_path), ()))


def test_what_crontab_says_against_it_is_told(tools: FakeTools) -> None:
    tools.add("crontab")
    tools.mark("refuses")
    with pytest.raises(TimersUnusable, match="crontab -: you are not allowed to use this program"):
        perform(installation(timers(), Cron(), ()))


def test_other_lines_of_the_crontab_stay_byte_by_byte(tools: FakeTools) -> None:
    tools.add("crontab")
    foreign = "# caf\udce9 \u5907\u4efd\n0 1 * * *\ttrue  \r\n\n@daily echo 100\\%\n"
    tools.crontab = foreign
    perform(installation(timers(), Cron(), ()))
    assert tools.crontab.endswith(foreign)
    assert tools.crontab != foreign
    perform(removal(timers(), [Cron()]))
    assert tools.crontab == foreign


def test_what_was_edited_while_a_person_was_asked_is_kept(tools: FakeTools) -> None:
    tools.add("crontab")
    steps = installation(timers(), Cron(), ())
    tools.crontab = "0 1 * * * true\n"
    perform(steps)
    assert tools.crontab.endswith("0 1 * * * true\n")


def test_from_one_kind_to_another_nothing_is_kept_twice(tools: FakeTools, tmp_path: Path) -> None:
    cron = Machine(make("cron", tools, tmp_path), tools, tmp_path)
    systemd = Machine(make("systemd", tools, tmp_path / "units"), tools, tmp_path / "units")
    told = timers(*TWO)
    cron.install(told)
    systemd.install(told, cron.keeper)
    assert tools.crontab == ""
    assert systemd.healthy(told)
    cron.install(told, systemd.keeper)
    assert systemd.files() == []
    assert cron.healthy(told)

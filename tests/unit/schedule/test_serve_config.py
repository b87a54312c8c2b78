"""A config that changes, breaks and is mended while its schedule is kept."""

from kodokeep.schedule.happenings import Blocked, SettingsBroken, SettingsRead, Waiting
from tests.unit.schedule.conftest import MakeMachine
from tests.unit.schedule.kit import NIGHTLY

BROKEN = NIGHTLY.replace("daily", "dayly")
EXPECTED = '[bucket:photos] schedule = "dayly 03:00": expected'


def test_a_new_schedule_holds_at_once(machine: MakeMachine) -> None:
    served = machine()
    more = NIGHTLY.replace("03:00", "22:00") + "[bucket:videos]\nfolder = /backup/videos\nschedule = daily 23:00\n"
    served.clock.at("2026-01-10T21:00", lambda: served.write(more))
    assert served.serve("2026-01-11T12:00") == [("photos", "10 22:00", 0), ("videos", "10 23:00", 0)]
    assert len(served.told(SettingsRead)) == 1
    assert len(served.told(Waiting)) == 5, "one at the start, two when it was read, two after the runs"


def test_a_pair_that_is_taken_out_is_run_no_more(machine: MakeMachine) -> None:
    served = machine()
    served.clock.at("2026-01-11T12:00", lambda: served.write("[bucket:videos]\nfolder = /backup/videos\n"))
    assert served.serve("2026-01-13T12:00") == [("photos", "11 03:00", 0)]


def test_a_broken_config_is_told_and_its_runs_begin_when_it_is_mended(machine: MakeMachine) -> None:
    served = machine()
    served.clock.at("2026-01-11T01:00", lambda: served.write(BROKEN))
    served.clock.at("2026-01-11T09:00", lambda: served.write(NIGHTLY))
    assert served.serve("2026-01-12T12:00") == [("photos", "11 09:00", 0), ("photos", "12 03:00", 0)]
    (broken,) = served.told(SettingsBroken)
    assert isinstance(broken, SettingsBroken)
    assert EXPECTED in broken.error.message
    assert served.told(Blocked) == [Blocked("photos")]
    assert [time for time, _ in served.alerts] == ["11 01:05", "11 03:00"]
    assert all(EXPECTED in message for _, message in served.alerts)


def test_somebody_who_edits_the_config_alarms_nobody(machine: MakeMachine) -> None:
    served = machine()
    served.clock.at("2026-01-10T21:00", lambda: served.write(BROKEN))
    served.clock.at("2026-01-10T21:04", lambda: served.write(NIGHTLY))
    served.serve("2026-01-11T02:00")
    assert served.alerts == []


def test_a_config_that_stays_broken_is_alerted_for_every_time_that_passes(machine: MakeMachine) -> None:
    served = machine()
    served.clock.at("2026-01-11T02:59", (served.root / "config.ini").unlink)
    assert served.serve("2026-01-14T12:00") == []
    assert [time for time, _ in served.alerts] == ["11 03:00", "12 03:00", "13 03:00", "14 03:00"]


def test_sighup_reads_the_config_even_if_it_looks_the_same(machine: MakeMachine) -> None:
    served = machine()

    def hang_up() -> None:
        served.hung_up = True

    served.clock.at("2026-01-10T21:00", hang_up)
    served.serve("2026-01-10T22:00")
    assert len(served.told(SettingsRead)) == 1

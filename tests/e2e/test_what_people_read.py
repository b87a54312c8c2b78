"""What a person reads: once, in the words of what really runs, and with numbers that agree from plan to run."""

import pytest

from tests.e2e.kit import World


def test_a_changed_mode_is_told_once_and_no_disk_is_suspected(world: World) -> None:
    world.put("a", b"1")
    world.run()
    world.configure(mode="sync")
    held = world.tell("run")
    hint = f"kodokeep --config {world.config}"
    assert (held.exit, held.stderr.splitlines()) == (
        4,
        [
            "photos: held: the folder was bound to other settings: mode was 'backup', is 'sync'",
            "photos:       nothing is touched (0 changes held)",
            (
                "photos: held: settings differ from those of the last run: mode: 'backup' is now 'sync',"
                " default_excludes: none is now 'yes'"
            ),
            f"photos:       to look: {hint} plan photos",
            f"photos:       if the settings were changed on purpose: {hint} run photos --adopt",
            "photos: 0 changes held",
        ],
    )
    assert world.tell("run", "--adopt").exit == 0
    assert world.tell("run").exit == 0


def test_all_is_held_where_the_folder_is_not_known(world: World) -> None:
    world.configure(mode="sync")
    world.put("a", b"1")
    world.run()
    (world.private / "identity.json").unlink()
    world.put("b", b"2")
    told = world.tell("run").stderr
    assert "1 to download; all of it is held:" in told
    assert "never" not in told
    assert "back" not in told, "nothing is backed up in a sync"


def test_a_damaged_record_is_named(world: World) -> None:
    world.put("a", b"1")
    world.run()
    (world.private / "identity.json").write_text("?")
    assert f"{world.private / 'identity.json'} is damaged" in world.tell("run").stderr


def test_a_link_is_told_once_though_other_names_stand_between_it_and_what_is_below(world: World) -> None:
    world.configure(mode="sync")
    for name in ("link.txt", "link-1.txt"):
        world.write(name, b"x")
    (world.folder / "link").symlink_to("/etc")
    for command in ("plan", "run"):
        assert world.tell(command).stderr.count("photos: link: ") == 1


def test_a_plan_reckons_with_what_the_run_then_does(world: World) -> None:
    world.configure(mode="sync", deletions="propagate")
    world.put_many({key: key.encode() for key in ("both", "edited", "gone", "renamed", *map(str, range(9)))})
    world.run()
    world.put("both", b"theirs")
    world.write("both", b"mine, and longer")
    world.write("edited", b"edited here")
    (world.folder / "gone").unlink()
    (world.folder / "renamed").rename(world.folder / "new name")
    world.write("new", b"new here")
    world.put("fresh", b"new there")
    head, *actions = world.tell("plan", "--json").events
    done = world.run().summary
    told = (
        "listed", "walked", "unchanged", "downloaded", "uploaded", "moved", "deleted", "archived", "conflicts", "held",
        "bytes_downloaded", "bytes_uploaded",
    )  # fmt: skip
    assert {name: head[name] for name in told} == {name: done[name] for name in told}
    assert (head["conflicts"], head["uploaded"], head["archived"]) == (1, 3, 2)
    assert len(actions) == 6
    assert head["cost"] > 0
    assert (head["currency"], head["put_requests"] > 0) == ("CNY", True)


def test_a_plan_counts_what_it_looked_at(world: World) -> None:
    world.configure(mode="sync", prefix="/photos/")
    world.put("photos/a", b"1")
    assert "  0 listed; 0 local\n" in world.tell("plan").stdout, "a prefix that fits nothing should catch the eye"


def test_a_run_of_an_outdated_plan_is_not_remembered_as_a_failure(world: World) -> None:
    world.configure(mode="sync")
    world.write("a", b"1")
    plan = str(world.root / "plan.jsonl")
    assert world.tell("plan", "-o", plan).exit == 0
    assert world.tell("apply", plan).exit == 0
    again = world.tell("apply", plan)
    assert (again.exit, "left alone; make a new plan" in again.stderr) == (3, True)
    assert "finished, but the plan file was out of date" in world.tell("runs").stdout


def test_a_plan_file_needs_a_name(world: World) -> None:
    result = world.tell("plan", "-o", "")
    assert (result.exit, "expects the name of a file" in result.stderr) == (2, True)


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_path_in_quotes_is_no_path(world: World, quote: str) -> None:
    world.configure(folder=f"{quote}{world.folder}{quote}")
    result = world.tell("run")
    assert (result.exit, "expected a path such as ~/backup/photos, without quotes" in result.stderr) == (2, True)


def test_a_file_that_is_kept_is_something_done_and_then_settled(world: World) -> None:
    world.configure(deletions="keep")
    world.put_many({"a": b"1", "b": b"2"})
    world.run()
    world.delete("a")
    assert world.tell("run").stdout.startswith("photos: 1 listed = 1 unchanged; 2 local = 1 unchanged + 1 kept; ")
    assert "  nothing to do\n  1 listed: 1 unchanged; 2 local: 2 unchanged\n" in world.tell("plan").stdout
    assert world.tell("run").stdout.startswith("photos: nothing to do; 1 listed = 1 unchanged; 2 local = 2 unchanged; ")


def test_a_held_plan_file_goes_on_as_that_plan_file_and_not_as_a_run_of_everything(world: World) -> None:
    world.configure(mode="sync", deletions="propagate")
    world.put_many({str(number): b"%d" % number for number in range(6)})
    world.run()
    world.delete(*map(str, range(6)))
    plan = str(world.root / "a plan.jsonl")
    assert world.tell("plan", "-o", plan).exit == 4
    (world.folder / "later").write_text("not in the plan")
    held = world.tell("apply", plan)
    command = f"kodokeep --config {world.config} apply '{plan}' --accept-changes"
    assert (held.exit, f"photos:       to go on: {command}\n" in held.stderr) == (4, True)
    assert world.tell("apply", plan, "--accept-changes").exit == 0
    assert world.tree() == {"later": b"not in the plan"}
    assert world.remote() == {}

"""All texts of alerts: which bucket, what happened, what was kept safe, the next step. Short enough for a phone.

No key is named unless the channel may be told, and no secret ever: none is handed to this module.
"""

from collections.abc import Iterator
from dataclasses import replace

from kodokeep import exits
from kodokeep.model.alert import Alert, AlertKind
from kodokeep.model.event import GuardKind, NoticeKind
from kodokeep.model.summary import Summary
from kodokeep.reporting import words
from kodokeep.reporting.guard_words import guards
from kodokeep.reporting.keyless import keyless
from kodokeep.reporting.units import count, duration, minute, printable

MOST_LINES = 8
"""Lines about guards or warnings; the rest is counted."""

MOST_STEPS = 2
"""Commands to look at what a guard holds and to let it go on; more ways are told where the command was given."""

TITLES = {
    AlertKind.SUCCESS: "{pair}: done",
    AlertKind.WARNINGS: "{pair}: done, with warnings",
    AlertKind.FAILURE: "{pair}: failed",
    AlertKind.HELD: "{pair}: held, a person has to look",
    AlertKind.MISSED: "{pair}: a run was missed",
    AlertKind.STALE: "{pair}: no successful run {since}",
}
TEST_TITLE = "a test"
RECOVERED = "{pair}: works again"
NOT_RUN = "{pair}: not run, another run is still at work"
CONFIG_BROKEN = "cannot start, no pair is run"
CONFIG_MENDED = "can start again"
MENDED = "The config can be used again, and its pairs are run."
TEST = "This is a test. Alerts of kodokeep on {host} arrive here; nothing has to be done."

KEPT = {
    AlertKind.WARNINGS: "Kept safe: all else is done.",
    AlertKind.FAILURE: "Kept safe: what was finished; the rest is as it was.",
    AlertKind.MISSED: "Kept safe: the folder is as the last run left it.",
    AlertKind.STALE: "Kept safe: the folder is as the last run left it.",
}
UNTOUCHED = "Kept safe: nothing was changed."
HELD_SOME = "Kept safe: what is held was not touched; all else is done."
HELD_UNKNOWN = "{held} held: what they would remove could not be kept"
KEY_LIST = "Failed: {keys}"

CUT_OFF = "the run that began {at} was cut off"
LOCKED = "another run has been at work on the folder since {at} or longer"
AT_WORK = "a run that began {at} has not ended"

COUNTED: dict[str, tuple[str, str, str]] = {
    "failed": ("object", "failed; the next run tries them first", "failed; the next run tries it first"),
    "unavailable": ("object", "are not available in the bucket", "is not available in the bucket"),
    "stale": ("object", "changed meanwhile, the next run takes them", "changed meanwhile, the next run takes it"),
    "conflicts": ("conflict", "were settled; both contents are kept", "was settled; both contents are kept"),
}
"""Parts of a summary that need a look: what they are, and what is said of several and of one."""

NEXT = {
    AlertKind.WARNINGS: "plan",
    AlertKind.MISSED: "run",
    AlertKind.STALE: "doctor",
}
"""The command that comes next."""

CHANGES = ("downloaded", "uploaded", "copied", "moved", "deleted", "conflicts")
"""Parts of a summary that changed something."""

DOCTOR_HELPS = frozenset({exits.WRONG_SETTING, exits.UNREACHABLE})
"""Exit codes of failures that come back until something is mended: settings, keys, the way to Kodo."""


def title(alert: Alert) -> str:
    """One line: which pair on which machine, and what is the matter."""
    if alert.kind is AlertKind.TEST:
        text = TEST_TITLE
    elif not alert.pair:
        text = CONFIG_MENDED if alert.recovered else CONFIG_BROKEN
    elif alert.recovered:
        text = RECOVERED.format(pair=alert.pair)
    elif _is_locked_out(alert):
        text = NOT_RUN.format(pair=alert.pair)
    else:
        text = TITLES[alert.kind].format(pair=alert.pair, since=_since(alert))
    return printable(f"kodokeep: {text} ({alert.host})")


def body(alert: Alert, command: str, *, key_names: bool = False) -> str:
    """A few lines: where, what happened, what was kept safe, and the next step.

    `command` is how the user calls kodokeep; `key_names`: the receiver may be told names of keys.
    """
    if not key_names:
        alert = _without_keys(alert)
    lines = [*_where(alert), *_happened(alert, command)]
    if alert.keys:
        lines.append(KEY_LIST.format(keys=", ".join(printable(key) for key in alert.keys)))
    return "\n".join([*lines, *_kept(alert), *_next(alert, command)])


def noticed(kind: NoticeKind, number: int) -> str:
    """So many notices of a kind; what they are about may be keys, and is left out."""
    return f"{number:,} × {words.NOTICES[kind]}"


def counted(summary: Summary) -> Iterator[str]:
    """What of a run needs a look, in numbers."""
    if summary.exit == exits.SOME_FAILED and not summary.failed:
        yield words.OUT_OF_DATE
    for part, (noun, of_several, of_one) in COUNTED.items():
        if number := getattr(summary, part):
            yield f"{count(number, noun)} {of_one if number == 1 else of_several}"


def _without_keys(alert: Alert) -> Alert:
    """A prefix is the beginning of keys, and so may be the patterns of a filter that was changed."""
    guards_ = tuple(
        replace(guard, prefix="…" if guard.prefix else "", seen=keyless(guard.seen)) for guard in alert.guards
    )
    return replace(alert, keys=(), guards=guards_)


def _where(alert: Alert) -> Iterator[str]:
    if alert.bucket:
        yield f"Bucket {alert.bucket}, folder {printable(alert.folder)}"


def _happened(alert: Alert, command: str) -> Iterator[str]:
    match alert.kind:
        case AlertKind.TEST:
            yield TEST.format(host=printable(alert.host))
        case AlertKind.SUCCESS if not alert.pair:
            yield MENDED
        case AlertKind.SUCCESS | AlertKind.WARNINGS:
            yield from _some([*(f"{line}." for line in alert.warnings), *_result(alert)])
            if alert.summary is not None and alert.summary.error:
                yield keyless(alert.summary.error, alert.folder)
        case AlertKind.FAILURE:
            yield from _failure(alert)
        case AlertKind.HELD:
            yield from _held(alert, command)
        case AlertKind.MISSED:
            yield f"The run that was due {minute(alert.due_s or alert.at_s)} did not begin."
            yield _last_success(alert)
        case AlertKind.STALE:
            yield _last_success(alert)
            yield from (f"{line}." for line in alert.warnings)
            if alert.error:
                yield f"The last attempt failed: {keyless(alert.error, alert.folder)}"


def _failure(alert: Alert) -> Iterator[str]:
    code = alert.summary.exit if alert.summary else exits.DONE
    error = alert.error or (alert.summary.error if alert.summary else "")
    yield keyless(error, alert.folder) if error else f"{words.EXITS.get(code, f'exit code {code}')}"
    if hint := alert.hint or (alert.summary.hint if alert.summary else ""):
        yield keyless(hint, alert.folder)
    if alert.pair:
        yield _last_success(alert)


def _held(alert: Alert, command: str) -> Iterator[str]:
    lines = [line.strip() for line in guards(alert.pair, alert.guards, command)]
    if not lines:
        held = alert.summary.held if alert.summary else 0
        lines = [HELD_UNKNOWN.format(held=count(held, "change")), f"to look: {command} plan {alert.pair}"]
    steps = [line for line in lines if f"{command} " in line]
    yield from _some([line for line in lines if line not in steps])
    yield UNTOUCHED if _holds_all(alert) else HELD_SOME
    yield from (step[:1].upper() + step[1:] for step in steps[:MOST_STEPS])


def _holds_all(alert: Alert) -> bool:
    return any(guard.kind is GuardKind.IDENTITY for guard in alert.guards)


def _is_locked_out(alert: Alert) -> bool:
    return alert.summary is not None and alert.summary.exit == exits.LOCKED


def _result(alert: Alert) -> Iterator[str]:
    if alert.summary is not None and alert.summary.listed_tally.total + alert.summary.walked_tally.total:
        yield words.account(alert.summary)


def _kept(alert: Alert) -> Iterator[str]:
    done = alert.summary
    unchanged = done is not None and not any(getattr(done, part) for part in CHANGES)
    if _is_locked_out(alert) or (alert.kind is AlertKind.FAILURE and unchanged):
        yield UNTOUCHED
    elif text := KEPT.get(alert.kind):
        yield text


def _next(alert: Alert, command: str) -> Iterator[str]:
    step = NEXT.get(alert.kind)
    if alert.kind is AlertKind.FAILURE:
        step = "doctor" if alert.summary is not None and alert.summary.exit in DOCTOR_HELPS else "run"
    if _is_locked_out(alert):
        step = "status"
    if step is not None:
        yield f"Next: {command} {step} {alert.pair}".rstrip()


def _some(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[: MOST_LINES - 1], f"… and {len(lines) - MOST_LINES + 1} more"]


def _since(alert: Alert) -> str:
    return f"for {duration(alert.at_s - alert.last_success_s)}" if alert.last_success_s is not None else "yet"


def _last_success(alert: Alert) -> str:
    if alert.last_success_s is None:
        return "No run has succeeded yet."
    return f"Last success: {minute(alert.last_success_s)}, {duration(alert.at_s - alert.last_success_s)} ago."

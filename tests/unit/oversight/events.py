"""Events of made-up runs."""

from kodokeep.model.action import Action, ActionKind, Reason, Row
from kodokeep.model.entry import RemoteEntry
from kodokeep.model.event import ActionFinished
from kodokeep.model.outcome import Outcome, OutcomeKind


def failed(key: str, kind: OutcomeKind = OutcomeKind.FAILED) -> ActionFinished:
    """An object that was not fetched, or came to another outcome."""
    row = Row(key, RemoteEntry(key, 1, "Fhash", None), None, None)
    return ActionFinished(Outcome(Action(ActionKind.DOWNLOAD, Reason.NEW, row), kind))

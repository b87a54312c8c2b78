"""`kodokeep plan`: what a run would do. Changes nothing."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from kodokeep.cli.arguments import json_option, names_argument, verbose_option
from kodokeep.cli.listeners import plan_listener
from kodokeep.cli.output import put, put_json
from kodokeep.cli.pairs import for_each
from kodokeep.cli.plan_text import plan_lines
from kodokeep.cli.session import Session
from kodokeep.model.options import PairOptions
from kodokeep.reporting.jsonlines import action_fields, guard_fields, summary_fields
from kodokeep.reporting.text import Verbosity

if TYPE_CHECKING:
    from kodokeep.app import PlanReport


@click.command("plan")
@names_argument
@json_option
@verbose_option
@click.pass_obj
def command(session: Session, names: Sequence[str], as_json: bool, verbosity: Verbosity) -> int:
    """Show what a run would do, and what guards would hold back.

    Exit code 4 if something would be held. With --json the first object has the counts, then comes one per action.
    """
    config = session.config()
    pairs = config.chosen(names)
    session.engine().check_pairs(config.pairs)

    def report(pair: PairOptions) -> int:
        return _report(session, pair, as_json=as_json, everything=verbosity is Verbosity.VERBOSE)

    return for_each(pairs, report, as_json=as_json)


def _report(session: Session, pair: PairOptions, *, as_json: bool, everything: bool) -> int:
    from kodokeep.app import RunRequest  # noqa: PLC0415 - loads the whole engine

    with ExitStack() as stack:
        with plan_listener(pair.name, as_json=as_json) as emit:
            planning = session.engine().plan_pair(
                pair, session.credentials(pair), RunRequest(), emit, threading.Event()
            )
            plan = stack.enter_context(planning)
        if as_json:
            _put_json(plan)
        else:
            for line in plan_lines(pair, plan, session.command, everything=everything):
                put(line)
        return plan.summary.exit


def _put_json(plan: "PlanReport") -> None:
    guards = [guard_fields(guard) for guard in plan.guards]
    put_json({"event": "plan"} | summary_fields(plan.summary) | {"guards": guards})
    for action, held in plan.actions():
        put_json(action_fields(action) | {"held": held})

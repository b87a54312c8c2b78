"""`kodokeep plan`: what a run would do. Changes nothing."""

import shlex
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from kodokeep.cli.arguments import file_type, json_option, names_argument, verbose_option
from kodokeep.cli.listeners import plan_listener
from kodokeep.cli.output import STDOUT, put, put_json, say
from kodokeep.cli.pairs import for_each
from kodokeep.cli.session import Session
from kodokeep.model.options import PairOptions, Prices
from kodokeep.reporting.jsonlines import action_fields, estimate_fields, guard_fields, summary_fields, traffic_fields
from kodokeep.reporting.text import Verbosity

if TYPE_CHECKING:
    from kodokeep.app import PlanReport
    from kodokeep.config import Config


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How a plan is to be told. `output` is the plan file, empty if there is to be none."""

    as_json: bool
    everything: bool
    output: str
    force: bool

    @property
    def on_stdout(self) -> bool:
        """True if stdout is the plan file and nothing else."""
        return self.output == STDOUT


@click.command("plan", short_help="Show what a run would do, hold back and cost.")
@names_argument
@click.option("-o", "--output", metavar="FILE", type=file_type, help="Write a plan file, for `apply`; - is stdout.")
@click.option("--force", is_flag=True, help="Replace FILE even if it is no plan file.")
@json_option
@verbose_option
@click.pass_obj
def command(
    session: Session, names: Sequence[str], output: str | None, force: bool, as_json: bool, verbosity: Verbosity
) -> int:
    """Show what a run would do, what guards would hold back, and about what it would cost.

    Changes nothing. Exit code 4 if something would be held. With --json the first object has the counts, then comes
    one per action. A plan file is of one pair.

    \b
    In the list of actions, of which the first 20 are shown:
      +  comes        ~  is replaced    -  goes to history
      >  is renamed   !  is a conflict  =  is recorded only
      *  is asked to thaw
      ↑  stands before what happens in the bucket

    \b
    Example:
      kodokeep plan photos
    """
    if output is not None and not output:
        raise click.UsageError("-o expects the name of a file, or - for stdout")
    wanted = _Wanted(as_json, verbosity is Verbosity.VERBOSE, output or "", force)
    if wanted.on_stdout and as_json:
        raise click.UsageError("-o - writes the plan file to stdout, where --json writes, too; use one of them")
    config = session.checked_config()
    pairs = config.chosen(names)
    if output and len(pairs) != 1:
        raise click.UsageError(f"a plan file is of one pair; name one of {', '.join(pair.name for pair in pairs)}")

    def report(pair: PairOptions) -> int:
        return _report(session, config, pair, wanted)

    return for_each(pairs, report, as_json=as_json)


def _report(session: Session, config: "Config", pair: PairOptions, wanted: _Wanted) -> int:
    from kodokeep.app import RunRequest  # noqa: PLC0415 - loads the whole engine
    from kodokeep.cli.plan_output import write_plan  # noqa: PLC0415
    from kodokeep.cli.plan_text import plan_lines  # noqa: PLC0415

    with ExitStack() as stack:
        with plan_listener(pair.name, as_json=wanted.as_json) as emit:
            planning = session.engine().plan_pair(
                pair, session.credentials(config, pair), RunRequest(), emit, threading.Event()
            )
            plan = stack.enter_context(planning)
        prices = config.prices
        if wanted.output:
            write_plan(pair, plan, prices, wanted.output, force=wanted.force)
        if wanted.as_json:
            _put_json(pair, plan, prices)
        elif not wanted.on_stdout:
            for line in plan_lines(pair, plan, prices, session.command, everything=wanted.everything):
                put(line)
        if wanted.output and not wanted.on_stdout:
            apply = f"{session.command} apply {shlex.quote(wanted.output)}"
            say(f"{pair.name}: the plan is in {wanted.output}; to do just that: {apply}")
        return plan.summary.exit


def _put_json(pair: PairOptions, plan: "PlanReport", prices: Prices) -> None:
    from kodokeep.cli.plan_totals import PlanTotals  # noqa: PLC0415

    totals = PlanTotals.of(plan.actions())
    cost = totals.estimate(pair, prices, plan.summary.listed)
    guards = [guard_fields(guard) for guard in plan.guards]
    fields = summary_fields(totals.expected(plan.summary, cost)) | estimate_fields(cost)
    traffic = {"traffic": traffic_fields(plan.traffic)} if plan.traffic is not None else {}
    put_json({"event": "plan"} | fields | {"guards": guards} | traffic)
    for action, held in plan.actions():
        put_json(action_fields(action) | {"held": held})

"""Writing a plan as a plan file: what its header says, and where it goes."""

import time
from typing import TYPE_CHECKING

from kodokeep import __version__
from kodokeep.cli.output import STDOUT, put_bytes
from kodokeep.cli.plan_totals import PlanTotals
from kodokeep.model.options import PairOptions, Prices
from kodokeep.planning.filters import pair_settings
from kodokeep.reporting.jsonlines import COUNTS
from kodokeep.reporting.planfile import plan_lines, save_plan
from kodokeep.reporting.planline import FORMAT, VERSION, PlanHeader, PlanIdentity
from kodokeep.reporting.units import instant

if TYPE_CHECKING:
    from kodokeep.app import PlanReport


def write_plan(pair: PairOptions, report: "PlanReport", prices: Prices, path: str, *, force: bool) -> None:
    """Write the plan to a file, or to stdout as it comes. Raises ConfigError, ReaderLeft, CannotWrite."""
    lines = plan_lines(_header(pair, report, prices), report.actions())
    if path != STDOUT:
        save_plan(path, lines, force=force)
        return
    for line in lines:
        put_bytes(line)


def _header(pair: PairOptions, report: "PlanReport", prices: Prices) -> PlanHeader:
    totals = PlanTotals.of(report.actions())
    estimate = totals.estimate(pair, prices, report.summary.listed)
    summary = totals.expected(report.summary, estimate)
    return PlanHeader(
        format=FORMAT,
        version=VERSION,
        program=f"kodokeep {__version__}",
        name=pair.name,
        identity=PlanIdentity.of(pair),
        settings=pair_settings(pair),
        created=instant(time.time()),
        actions=totals.actions,
        held=totals.held,
        counts={name: getattr(summary, name) for name in COUNTS if name != "seconds"},
        download_bytes=estimate.fetched_bytes,
        upload_bytes=estimate.sent_bytes,
        get_requests=estimate.get_requests,
        put_requests=estimate.put_requests,
        cost=round(estimate.cost, 6),
        currency=estimate.currency,
    )

"""`kodokeep metrics`: how the pairs are, as numbers for Prometheus."""

import click

from kodokeep.cli.output import put
from kodokeep.cli.session import Session


@click.command("metrics", short_help="Print how the pairs are, for Prometheus.")
@click.pass_obj
def command(session: Session) -> int:
    """Print how all pairs of the config are, in Prometheus' text format.

    The same is in the file that `[metrics] file` names, after each run, and is what `[metrics] listen` answers.

    \b
    Example:
      kodokeep metrics | promtool check metrics
    """
    from kodokeep.reporting.metrics import metrics_text  # noqa: PLC0415 - loads prometheus_client

    pairs = session.config().pairs
    put(metrics_text(lambda: [session.look(pair) for pair in pairs]).rstrip("\n"))
    return 0

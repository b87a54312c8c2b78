"""One result of a conformance run, and how results are told."""

from collections.abc import Iterable
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one test; `detail` says why it failed."""

    name: str
    passed: bool
    detail: str = ""


def tell(client: str, results: Iterable[Result]) -> list[Result]:
    """Print results as they come and give them."""
    told = []
    for result in results:
        click.echo(f"{'pass' if result.passed else 'FAIL'}  {client}: {result.name}")
        if not result.passed:
            click.echo("      " + result.detail.strip().replace("\n", "\n      "))
        told.append(result)
    return told

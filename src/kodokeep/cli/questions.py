"""Asking a person: each answer may come as an option instead, so that a command works unattended.

What belongs here: how questions look and when there may be none. What does not: what is asked, and secrets (`asking`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from kodokeep.cli.asking import somebody_is_there
from kodokeep.cli.output import say, talk
from kodokeep.errors import ConfigError
from kodokeep.reporting.units import printable


@dataclass(frozen=True, slots=True)
class Questions:
    """Who answers: a person at the terminal, or nobody. With `accept` proposals are taken without asking."""

    accept: bool = False

    @property
    def possible(self) -> bool:
        """True if somebody is there to be asked."""
        return not self.accept and somebody_is_there()

    def text(
        self, question: str, option: str, proposal: str | None, check: Callable[[str], str] = lambda answer: answer
    ) -> str:
        """A line of text. `check` gives it back as it is to be used, or raises ConfigError; then it is asked again.

        Raises UsageError that names `option` if there is nobody to ask and no proposal.
        """
        if not self.possible:
            if proposal is None:
                raise click.UsageError(f"expected {option}: nobody is here to be asked ({question})")
            return check(proposal)
        while True:
            answer = str(click.prompt(question, default=proposal, err=True, prompt_suffix=": "))
            try:
                return check(answer)
            except ConfigError as error:
                say(error.message, hint=error.hint)

    def choice(self, question: str, option: str, known: Sequence[str], proposal: str | None) -> str:
        """One of these, by number or by name."""

        def check(answer: str) -> str:
            if answer in known:
                return answer
            if answer.isdecimal() and 1 <= int(answer) <= len(known):
                return known[int(answer) - 1]
            raise ConfigError(f"{printable(answer)}: expected a number from 1 to {len(known)}, or a name of the list")

        return self.text(question, option, proposal, check)

    def agrees(self, question: str, *, proposal: bool) -> bool:
        """Yes or no. With nobody to ask it is the proposal."""
        if not self.possible:
            return proposal
        return click.confirm(question, default=proposal, err=True)

    def tell(self, line: str = "") -> None:
        """Something to read before the next question."""
        talk(line)

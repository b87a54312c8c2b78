"""`kodokeep completion`: the script that lets a shell complete commands, options, names of pairs and files."""

import click
from click.shell_completion import get_completion_class

from kodokeep.cli.output import put
from kodokeep.cli.session import Session

PROGRAM, VARIABLE = "kodokeep", "_KODOKEEP_COMPLETE"
"""The variable is the one that click looks for, by the program's name."""

INSTALL = {
    "bash": (
        "mkdir -p ~/.local/share/bash-completion/completions",
        "kodokeep completion bash > ~/.local/share/bash-completion/completions/kodokeep",
        "That needs the package bash-completion. Without it, put this line into ~/.bashrc:",
        'eval "$(kodokeep completion bash)"',
    ),
    "zsh": (
        "kodokeep completion zsh > ~/.kodokeep.zsh",
        "and, at the end of ~/.zshrc:",
        "autoload -Uz compinit; compinit; source ~/.kodokeep.zsh",
    ),
    "fish": (
        "mkdir -p ~/.config/fish/completions",
        "kodokeep completion fish > ~/.config/fish/completions/kodokeep.fish",
    ),
}


@click.command("completion", short_help="Print a script that lets your shell complete what you type.")
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(list(INSTALL)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the script that lets a shell complete commands, options, names of pairs and files with the TAB key.

    It begins with how to install it. bash must be 4.4 or newer.

    \b
    Example:
      eval "$(kodokeep completion bash)"
    """
    kind = get_completion_class(shell)
    assert kind is not None
    first, *rest = kind(ctx.find_root().command, {"obj": Session()}, PROGRAM, VARIABLE).source().splitlines()
    install = [f"# {line}" for line in (f"To install it for {shell}, in a new shell from then on:", *INSTALL[shell])]
    # zsh looks at the first line of a file for what it completes.
    lines = [first, *install, *rest] if first.startswith("#") else [*install, "", first, *rest]
    put("\n".join(lines))
    return 0

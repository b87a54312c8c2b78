"""Addresses: the URL of a channel, which is a secret: written in the config, printed by a command, or in a variable."""

from collections.abc import Mapping

from kodokeep.alerts.delivery import NotDelivered
from kodokeep.commands import CommandFailed, output_of, program_of
from kodokeep.model.alert import ChannelOptions


def address(channel: ChannelOptions, env: Mapping[str, str]) -> str:
    """Where the channel is. Raises NotDelivered if it cannot be had."""
    if channel.url_command is not None:
        return _printed(channel, channel.url_command, env)
    if channel.url_variable is not None:
        if not (url := env.get(channel.url_variable, "").strip()):
            raise NotDelivered(f"[notify:{channel.name}] url_variable: ${channel.url_variable} is not set")
        return url
    if channel.url is None:
        raise NotDelivered(f"[notify:{channel.name}]: expected one of url, url_command and url_variable")
    return channel.url


def _printed(channel: ChannelOptions, command: str, env: Mapping[str, str]) -> str:
    what = f"[notify:{channel.name}] url_command ({program_of(command)})"
    try:
        lines = output_of(command, env).splitlines()
    except CommandFailed as error:
        raise NotDelivered(f"{what} {error}") from None
    if len(lines) != 1:
        raise NotDelivered(f"{what} printed {len(lines)} lines, expected one with a URL")
    return lines[0].strip()

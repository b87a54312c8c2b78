"""Alerts on their way: to chat and mail services, to dead-man switches, to commands. Texts come from `reporting`.

No address of a receiver ever leaves this room: it is a secret, and so errors tell what went wrong without it.

addresses   where a channel's URL comes from: the config, a command, a variable
channels    a message to any service that Apprise knows; the only user of Apprise
delivery    what a message is; several deliveries beside each other, bounded in time
heartbeats  a URL that is fetched as a sign of life
hooks       the config's own commands, with what happened in their environment
reasons     what went wrong, told without an address
refusals    services that refuse with a status that says they did not
"""

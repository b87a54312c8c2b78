"""Oversight: what surrounds every run, so that nobody overlooks how it went, or that it did not go at all.

    journal: begins ─ heartbeat: start ─ the run ─ journal: ends ─ heartbeat, channels, commands ─ stale and missed ones

Nothing of it changes what a run does or how it ends: trouble of its own is told on stderr.

aftermath  what is told of a run that is over
judging    which kind of alert a run is worth, and what is over with it. Pure
memory     the journal, which must not be in the way when it cannot be used
messenger  tries whether somebody can be told at all
overseer   what is done around a run, and after all runs of a command
place      where kodokeep runs: environment, clock, host, how the user calls it
teller     an alert becomes texts, and reaches those who want to hear it
unstarted  a command that comes to no run at all, because the config is broken
watch      what no run tells of: pairs that are stale, runs that were missed
witness    what a run tells that an alert may need
"""

"""Whoever starts runs by themselves: the timers of the machine.

jobs            which pairs of a config are run by themselves, and the command that each timer starts
wall            a schedule by this machine's clock, for timers that know no other
systemd         units, as text
crontab         lines and the block that is ours, as text
launchd         property lists
task_scheduler  XML of Windows tasks
steps           what is to be written, removed and called: shown first, then done
zone            this machine's time zone
tools           the one door to systemctl, crontab, launchctl and schtasks
keepers         a class for each kind of timer: what it should hold, what it holds, the steps from one to the other
install         which timer is chosen, and how a config stands with all of them

What does not belong here: when a run is due (`planning.timetable`), and what a run does.
"""

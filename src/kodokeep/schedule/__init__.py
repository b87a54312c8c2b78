"""Runs that nobody starts by hand: started by the timers of the machine, or by one process that keeps the schedule.

due             which run is due, by its schedule, what was attempted, and the time. Pure
turns           `run --scheduled`: pairs one after the other, with a delay by chance and with retries
serve           `serve`: the loop that looks at the clock and keeps the schedule of all pairs
planned         when each pair begins next
past            what was attempted: the journal, and what was seen if the journal cannot be used
settings        the config, read again whenever it changes, and the last good one
crew            runs as processes of their own
happenings      what the loop has to tell
notify          what systemd wants to hear of a service
clock           the time of day, and waiting for it
jobs            which pairs of a config are run by themselves, and the command that each timer starts
wall            a schedule by this machine's clock, for timers that know no other
systemd         units, as text
crontab         lines and the block that is ours, as text
launchd         property lists
task_scheduler  XML of Windows tasks
steps           what is to be written, removed and called: shown first, then done
tools           the one door to systemctl, crontab, launchctl and schtasks
keeper          what a keeper of timers is, whatever it is
keepers         a class for each kind of timer: what it should hold, what it holds, the steps from one to the other
install         which timer is chosen, and how a config stands with all of them

What does not belong here: when a run is due (`planning.timetable`), and what a run does.
"""

"""The schedule: runs that nobody starts by hand. When one is due is decided purely; who starts it is told below.

due           which run is due, by its schedule, what was attempted, and the time
turns         `run --scheduled`: pairs one after the other, with a delay by chance and with retries
serve         `serve`: the loop that looks at the clock and keeps the schedule of all pairs
planned       when each pair begins next
past          what was attempted: the journal, and what was seen if the journal cannot be used
settings      the config, read again whenever it changes, and the last good one
crew          runs as processes of their own
happenings    what the loop has to tell
clock         the time of day, and waiting for it
zone          this machine's time zone
metrics_page  /metrics over HTTP
notify        what systemd wants to hear of a service
"""

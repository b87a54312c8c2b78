"""Listeners of events: what a run tells people, scripts, monitors and the audit trail. Decides nothing.

fanout               one event, several listeners
text, progress       a run for people: lines, and how far it is
terminal             the same on a terminal, with a bar
jsonlines            a run for scripts
runlog, logline      the audit trail, and the form of its lines
planfile, planline   plan files, and the form of their lines
words, action_words  plans and runs as text, and single actions
cost_words           what a plan will probably cost
guard_words          what guards hold
traffic_words        the month's traffic
health_words         how a pair is between runs
alert_words          what alerts say
keyless              texts without the names of objects and files
units                counts, sizes, durations, moments, and text that cannot upset a terminal
gauges, metrics      how the pairs are, for Prometheus

What does not belong here: whom an alert goes to (`oversight`) and how (`alerts`).
"""

"""Deciding: pure functions of what was observed. No I/O, no clock, no logging; see `run.py` for where they stand.

merge        three streams in the order of keys become one of rows
filters      which keys take part
classify     each side of a row compared with synced
decide       one row in, one decision out, by a table for each mode
rulings      what the cells of the tables say
conflicts    which content keeps the key
renames      renames and copies among the actions of a plan
fingerprint  an action and all that it rests on, as a short text
guard        limits that hold the destructive part of a plan back
lifetimes    when Kodo deletes an object by itself
traffic      a month's budget shared out among actions
cost         what a plan will probably cost
timetable    when a schedule is due
cronfields   the five fields of a cron expression
health       whether a pair is stale or broken
"""

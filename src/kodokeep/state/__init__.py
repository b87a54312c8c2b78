"""What is remembered between runs, in one SQLite file; the only room that opens SQLite.

store       StateStore: the port `State` as a whole, and what commands read
synced      what both sides were when they last agreed
learnt      what objects hold that were fetched to be compared, and held
versions    contents that left the tree
totals      how much there was of both when the last run ended
runs        runs, and the settings, failures and mounts they left behind
intents     the open batch
ledger      thaws that were asked for, what is disabled, what a month's traffic is
spool       the plan of the run that is going on
pairing     which of its actions are renames
copies      which contents it need not transfer
selection   which of its actions a plan file names
sharing     which of its actions a month's budget reaches for
approvals   what guards held, and what a person released of it
parking     objects that wait in the middle of a cycle of renames
listing     sorting a listing that came out of order
scratch     the short-lived databases that spool and listing live in
metadata    an object's metadata as text in a column
journal     attempts and alerts of all pairs on this machine, in a file of its own
look        what status and metrics read, of older schemas too
opening     opening the file for a run, or for reading only
filesystem  where SQLite can be trusted with it
database    the connection: transactions, errors
migrations  the schema, as steps from nothing to now
"""

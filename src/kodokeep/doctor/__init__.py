"""The doctor: everything that a backup depends on, looked at one by one, and what to do about what is wrong.

Nothing is changed anywhere, and one check that fails does not end the others. What belongs here: what a fact means for
a pair. What does not: finding facts out (`kodo`, `local`, `state`), and how a checklist looks (`cli`).

checkup                          what is looked at, in which order
visit, careful                   what all checks work with; a check that goes wrong is a finding
config_file, keys, cloud         the config's own file; an account's keys and clock; a bucket's hosts and privacy
domains, age                     where objects are fetched from; certificates and test domains, which come to an end
objects, room                    what cannot be read; the next plan and the room for it
folder, records                  what the folder's disk can do; identity, lock and state
past, timing, notifications      how runs went; when the next one is; who is told
"""

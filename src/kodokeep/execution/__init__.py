"""Doing: actions become steps, steps become batches, batches are committed. Decides nothing about keys.

gather, withheld, renames, selection, expiries, plan
                                    from the streams to a plan that stands
account, progress, traffic          what became of every row, how far transfers are, and what of the month is used
records, thaws, moves, downloads, uploads, archive, removals, conflicts, parking
                                    the parts of a run, in the order of `run.py`
numbered                            how a plan gives its actions out
steps, object_steps                 one action made concrete
batch, commit                       steps on their way to the disk and into the state: the one writer
"""

"""Deciding: pure functions of what was observed. No I/O, no clock, no logging; see `run.py` for where they stand."""

"""Measurements of kodokeep side by side with peers; `make bench` runs them. Start reading at `__main__`."""

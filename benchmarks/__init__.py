"""Measurements of kodokeep side by side with peers, and of the emulator; `make bench` runs them. Start reading at `__main__`."""

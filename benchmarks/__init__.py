"""Measurements of kodokeep beside its peers, and of the emulator; `make bench` runs them. Begin with `__main__`."""

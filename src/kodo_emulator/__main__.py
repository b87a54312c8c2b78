"""`python -m kodo_emulator`: the same as the command `kodo-emulator`."""

from kodo_emulator.cli import main

if __name__ == "__main__":
    main()

"""`python -m kodokeep`: the same as the command `kodokeep`."""

import sys

from kodokeep.cli import main

if __name__ == "__main__":
    sys.exit(main())

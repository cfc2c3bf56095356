"""`python -m microsip_manager.cli`."""

import sys

from microsip_manager.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

"""Take over settings and calls of the older TCP/UDP system: `python scripts/migrate_to_api.py --help`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src")]

from microsip_manager.cli.migrate import main  # noqa: E402 - it is on the path only now

if __name__ == "__main__":
    sys.exit(main())

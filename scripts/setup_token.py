"""Keep a GitHub token for updates: `python scripts/setup_token.py --help`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src")]

from microsip_manager.cli.github_token import main  # noqa: E402 - it is on the path only now

if __name__ == "__main__":
    sys.exit(main())

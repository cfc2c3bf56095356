"""Control DND of many PCs, in the terminal: `python examples/admin_dnd_control.py --help`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import api_config  # noqa: E402 - it lies in the checkout, which is on the path only now
from microsip_manager.cli.dnd_control import main  # noqa: E402 - the same

if __name__ == "__main__":
    sys.exit(main(api_config))

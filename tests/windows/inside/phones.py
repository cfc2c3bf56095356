"""Stand-ins of MicroSIP, each in a folder of its own with an ini of its own, for tests inside Windows."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.windows.standin.handle import StandIn

INI = """[Settings]
accountId=1
denyIncoming=button
DND=0
[Account1]
label=Office
server=sip.example
domain=sip.example
username=485
"""


def put_program(folder: Path, name: str = "microsip.exe", version: str = "3.22.3") -> Path:
    """The stand-in of this version, under this name."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(Path(os.environ["MICROSIP_STANDINS"], f"{version}.exe"), folder / name))


def write_ini(path: Path, text: str = INI) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"))
    return path


def start(program: Path, **environment: str) -> StandIn:
    """Start it; the environment chooses what the head of standin.c names."""
    return StandIn.start([str(program)], {**os.environ, **environment}, program.parent)

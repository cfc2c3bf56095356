"""The files of the panel that browsers keep: their address changes with their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
FOR_A_YEAR = "public, max-age=31536000, immutable"


def build_of(folder: Path = FOLDER) -> str:
    """A name for this very set of files."""
    found = hashlib.blake2b(digest_size=6)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(path.relative_to(folder).as_posix().encode())
            found.update(path.read_bytes())
    return found.hexdigest()


class Assets(StaticFiles):
    """Below `/static/{build}/`; a page of an older build gets today's files, which it does not keep."""

    def __init__(self, build: str) -> None:
        super().__init__(directory=FOLDER)
        self._build = build

    async def get_response(self, path: str, scope: Scope) -> Response:
        build, _, rest = path.replace("\\", "/").partition("/")
        answer = await super().get_response(rest, scope)
        answer.headers["cache-control"] = FOR_A_YEAR if build == self._build else "no-cache"
        answer.headers["x-content-type-options"] = "nosniff"
        return answer

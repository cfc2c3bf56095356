"""Fetch the libraries of the panel anew from the npm registry, and write down their versions and hashes.

They are kept in the repository, so that the panel needs no build step and no network. To take a newer version, change
it below and run:

    python tools/refresh_panel_libraries.py

It needs `npm` on the PATH, which fetches the packages and checks their integrity.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
OF_THE_PANEL = ROOT / "src" / "microsip_manager" / "web" / "static" / "vendor"
OF_THE_TESTS = ROOT / "tests" / "web" / "vendor"
RECORD = "libraries.json"


@dataclass(frozen=True)
class Library:
    """What is taken out of a package: files by their path in it."""

    package: str
    version: str
    files: tuple[str, ...]
    licence: str = "LICENSE"

    @property
    def folder(self) -> str:
        return self.package.removeprefix("@").replace("/", "-")


LIBRARIES: dict[Path, tuple[Library, ...]] = {
    OF_THE_PANEL: (
        Library(
            "@tanstack/virtual-core",
            "3.19.11",
            tuple(
                f"dist/esm/{name}.js"
                for name in ("index", "ios-gesture", "lazy-measurements", "scroll-classifier", "utils")
            ),
        ),
        Library("echarts", "6.1.0", ("dist/echarts.esm.min.mjs",)),
    ),
    OF_THE_TESTS: (Library("axe-core", "4.14.1", ("axe.min.js",)),),
}


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    for folder, libraries in LIBRARIES.items():
        record = {}
        for library in libraries:
            print(f"{library.package} {library.version}", flush=True)
            record[library.package] = fetch(library, folder)
        text = json.dumps(record, indent=2, sort_keys=True) + "\n"
        (folder / RECORD).write_text(text, encoding="utf-8", newline="\n")
    return 0


def fetch(library: Library, folder: Path) -> dict[str, object]:
    """Put the files of a library below the folder; returns what is written down of it."""
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(  # noqa: S603 - our own list of packages
            ["npm", "pack", "--json", "--pack-destination", place, f"{library.package}@{library.version}"],  # noqa: S607 - found on the PATH
            check=True,
            capture_output=True,
            text=True,
        )
        told = json.loads(done.stdout)
        about = (told if isinstance(told, list) else list(told.values()))[0]
        hashes = {}
        with tarfile.open(next(Path(place).glob("*.tgz"))) as package:
            described = package.extractfile("package/package.json")
            licence = json.load(described)["license"] if described is not None else None
            for name in (*library.files, library.licence):
                content = package.extractfile(f"package/{name}")
                if content is None:
                    raise SystemExit(f"{library.package} {library.version} has no {name}")
                target = folder / library.folder / Path(name).name
                target.parent.mkdir(parents=True, exist_ok=True)
                # A map of the source would be asked for by every browser that has its tools open.
                body = b"\n".join(
                    line for line in content.read().split(b"\n") if not line.startswith(b"//# sourceMappingURL")
                )
                # What every bundler does: in a browser there is no `process`.
                body = body.replace(b"process.env.NODE_ENV", b'"production"')
                target.write_bytes(body)
                hashes[f"{library.folder}/{target.name}"] = hashlib.sha256(body).hexdigest()
    return {"version": library.version, "integrity": about["integrity"], "licence": licence, "sha256": hashes}


if __name__ == "__main__":
    sys.exit(main())

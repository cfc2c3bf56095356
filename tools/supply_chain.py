"""What this product is made of, and whether any of it is known to be vulnerable.

    python tools/supply_chain.py            # writes build/sbom.cdx.json and asks for known vulnerabilities

The bill of materials (CycloneDX) is made from the lock file and the record of the panel's libraries, without a network.
The vulnerabilities are asked for by pip-audit; where its service cannot be reached, that is said and is no failure.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import tomllib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
RUNNING = ROOT / "requirements.txt"
LIBRARIES = ROOT / "src" / "microsip_manager" / "web" / "static" / "vendor" / "libraries.json"
BILL = ROOT / "build" / "sbom.cdx.json"
PATIENCE = 300.0
"""Seconds for the whole question; each of its requests waits no longer than the next."""
REQUEST_SECONDS = 10

_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<only>[^\\]+?))?\s*\\?$")
_UNREACHABLE = re.compile(r"ConnectionError|ServiceError|HTTPError|ProxyError|SSLError|Timeout|no answer within")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(lock: str, running: str, libraries: dict[str, Any], version: str) -> dict[str, Any]:
    """The bill of materials as a CycloneDX document. The same sources give the same bill."""
    shipped = {one["name"] for one in _python(running, frozenset())}
    parts = [*_python(lock, shipped), *(_javascript(name, about) for name, about in sorted(libraries.items()))]
    product = {
        "type": "application",
        "name": "microsip-manager",
        "version": version,
        "bom-ref": f"microsip-manager@{version}",
    }
    seed = json.dumps([product, parts], sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}",
        "version": 1,
        "metadata": {"component": product},
        "components": parts,
        "dependencies": [{"ref": product["bom-ref"], "dependsOn": sorted(part["bom-ref"] for part in parts)}],
    }


def _python(lock: str, shipped: set[str] | frozenset[str]) -> list[dict[str, Any]]:
    """The packages of a lock file; those that are not shipped are for developing only."""
    found = []
    for block in re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE):
        first = block.partition("\n")[0].strip()
        pinned = _PINNED.match(first)
        if pinned is None:
            continue
        name, version = pinned["name"].lower(), pinned["version"]
        purl = f"pkg:pypi/{name}@{version}"
        # Each of the hashes is that of one file of this version; which of them is installed depends on the machine.
        properties = [{"name": "sha256 of one of its files", "value": value} for value in _HASH.findall(block)]
        if pinned["only"]:
            properties.append({"name": "only where", "value": pinned["only"].strip()})
        found.append(
            {
                "type": "library",
                "name": name,
                "version": version,
                "purl": purl,
                "bom-ref": purl,
                "scope": "required" if name in shipped else "excluded",
                "properties": properties,
            }
        )
    return found


def _javascript(name: str, about: dict[str, Any]) -> dict[str, Any]:
    """A library that lies in the repository, with its licence."""
    group, _, plain = name.rpartition("/")
    purl = f"pkg:npm/{group.replace('@', '%40')}{'/' if group else ''}{plain}@{about['version']}"
    kind, _, digest = about["integrity"].partition("-")
    made: dict[str, Any] = {
        "type": "library",
        "name": plain,
        "version": about["version"],
        "purl": purl,
        "bom-ref": purl,
        "scope": "required",
        "hashes": [{"alg": kind.upper().replace("SHA", "SHA-"), "content": base64.b64decode(digest).hex()}],
        "licenses": [{"license": {"id": about["licence"]}}],
        "properties": [{"name": f"sha256 of {path}", "value": one} for path, one in sorted(about["sha256"].items())],
    }
    return {"group": group, **made} if group else made


def write_bill() -> Path:
    """Make the bill of this checkout and keep it."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    libraries = json.loads(LIBRARIES.read_text(encoding="utf-8"))
    made = bill(LOCK.read_text(encoding="utf-8"), RUNNING.read_text(encoding="utf-8"), libraries, version)
    BILL.parent.mkdir(exist_ok=True)
    BILL.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return BILL


@dataclass(frozen=True)
class Verdict:
    failed: bool
    lines: tuple[str, ...]


def verdict(code: int, out: str, err: str) -> Verdict:
    """What pip-audit has found. That nobody could be asked is no failure, and no success either: it is said."""
    try:
        packages = json.loads(out)["dependencies"]
    except (json.JSONDecodeError, KeyError, TypeError):
        why = err.strip().splitlines()[-1][:300] if err.strip() else "it says nothing"
        if _UNREACHABLE.search(err):
            return Verdict(False, (f"NOT ASKED for known vulnerabilities: the service cannot be reached ({why})",))
        return Verdict(True, (f"pip-audit ended with {code}: {why}",))
    bad = [
        f"{package['name']} {package['version']}: {one['id']}, mended in {', '.join(one['fix_versions']) or 'none yet'}"
        for package in packages
        for one in package.get("vulns", ())
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    asked = len(packages) - len(skipped)
    if bad:
        return Verdict(True, (f"{len(bad)} known vulnerabilities:", *bad))
    if not asked:
        # What a mirror of the package index answers that keeps no such records.
        return Verdict(
            False, (f"NOT ASKED for known vulnerabilities: the index knows none of {len(skipped)} packages",)
        )
    if skipped:
        return Verdict(False, (f"no known vulnerabilities in {asked} packages; NOT ASKED for {', '.join(skipped)}",))
    return Verdict(False, (f"no known vulnerabilities in {asked} packages",))


def ask() -> Verdict:
    """Ask for known vulnerabilities of all that is locked."""
    command = [sys.executable, "-m", "pip_audit", "-r", str(LOCK), "--disable-pip", "--progress-spinner", "off"]
    command += ["--timeout", str(REQUEST_SECONDS), "--format", "json"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)  # noqa: S603 - the command is our own
    except subprocess.TimeoutExpired:
        return verdict(1, "", f"no answer within {PATIENCE:g} s")
    return verdict(done.returncode, done.stdout, done.stderr)


def main() -> int:
    print(f"{write_bill().relative_to(ROOT)} written", flush=True)
    found = ask()
    print("\n".join(found.lines), flush=True)
    return 1 if found.failed else 0


if __name__ == "__main__":
    sys.exit(main())

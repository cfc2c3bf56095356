"""The bill of materials, and what is made of the answer of pip-audit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools import supply_chain
from tools.supply_chain import LIBRARIES, LOCK, RUNNING, bill, verdict

ADVISORY = {"id": "PYSEC-2026-1", "fix_versions": ["2.0"], "aliases": [], "description": "bad"}


@pytest.fixture
def made() -> dict[str, object]:
    return json.loads(supply_chain.write_bill().read_text(encoding="utf-8"))  # type: ignore[no-any-return] # JSON


def components(made: dict[str, object]) -> dict[str, dict[str, object]]:
    found = made["components"]
    assert isinstance(found, list)
    return {one["purl"]: one for one in found}


def test_the_bill_has_all_that_is_locked_with_its_hashes(made: dict[str, object]) -> None:
    lock = LOCK.read_text(encoding="utf-8")
    names = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock, flags=re.MULTILINE)

    found = components(made)

    assert len(names) > 50
    assert {f"pkg:pypi/{name.lower()}@{version}" for name, version in names} == {one for one in found if "pypi" in one}
    told = json.dumps(made)
    assert [one for one in re.findall(r"sha256:([0-9a-f]{64})", lock) if one not in told] == []
    shipped = {purl for purl, one in found.items() if one["scope"] == "required" and "pypi" in purl}
    running = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", RUNNING.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert shipped == {f"pkg:pypi/{name.lower()}@{version}" for name, version in running}


def test_the_bill_has_the_libraries_of_the_panel_with_their_licences(made: dict[str, object]) -> None:
    record = json.loads(LIBRARIES.read_text(encoding="utf-8"))

    found = components(made)

    assert {one for one in found if "npm" in one} == {
        f"pkg:npm/{name.replace('@', '%40')}@{about['version']}" for name, about in record.items()
    }
    assert found["pkg:npm/echarts@" + record["echarts"]["version"]]["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    for purl, one in found.items():
        if "npm" in purl:
            assert re.fullmatch(r"[0-9a-f]{128}", one["hashes"][0]["content"])  # type: ignore[index] # JSON


def test_the_bill_is_one_that_others_can_read(made: dict[str, object]) -> None:
    from cyclonedx.model.bom import Bom

    read = Bom.from_json(made)  # type: ignore[attr-defined] # it is added by a decorator

    assert len(read.components) == len(components(made))
    assert read.metadata.component.name == "microsip-manager"
    assert made["specVersion"] == "1.5"


def test_the_same_sources_make_the_same_bill() -> None:
    first, second = (bill("a==1 \\\n    --hash=sha256:" + "0" * 64, "a==1", {}, "0.1.0") for _ in range(2))

    assert first == second
    assert bill("a==2", "a==2", {}, "0.1.0")["serialNumber"] != first["serialNumber"]


def test_the_bill_is_no_part_of_the_checkout() -> None:
    ignored = (supply_chain.ROOT / ".gitignore").read_text(encoding="utf-8").split()

    assert f"{supply_chain.BILL.parent.name}/" in ignored


def told(*packages: Mapping[str, object]) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


def test_a_known_vulnerability_fails_and_is_named() -> None:
    found = verdict(1, told({"name": "a", "version": "1.0", "vulns": [ADVISORY]}), "Found 1 known vulnerability")

    assert found.failed
    assert "a 1.0: PYSEC-2026-1, mended in 2.0" in found.lines


@pytest.mark.parametrize(
    ("out", "err"),
    [
        ("", "requests.exceptions.ConnectionError: Failed to resolve 'pypi.org'"),
        ("", "no answer within 300 s"),
        (told({"name": "a", "skip_reason": "Dependency not found on PyPI"}), "No known vulnerabilities found"),
    ],
)
def test_where_nobody_can_be_asked_that_is_said_and_is_no_failure(out: str, err: str) -> None:
    found = verdict(1, out, err)

    assert not found.failed
    assert found.lines[0].startswith("NOT ASKED")


def test_an_audit_that_does_not_run_is_a_failure() -> None:
    assert verdict(1, "", "/usr/bin/python: No module named pip_audit").failed
    assert verdict(2, "usage", "error: unrecognized arguments").failed


def test_a_clean_answer_says_how_many_were_asked_for_and_for_whom_not() -> None:
    clean = {"name": "a", "version": "1.0", "vulns": []}

    assert verdict(0, told(clean), "").lines == ("no known vulnerabilities in 1 packages",)
    partly = verdict(0, told(clean, {"name": "b", "skip_reason": "?"}), "")
    assert partly.lines == ("no known vulnerabilities in 1 packages; NOT ASKED for b",)


def test_the_gate_has_it_as_a_step() -> None:
    import run

    text = Path(run.__file__).read_text(encoding="utf-8")
    assert '"supply chain"' in text

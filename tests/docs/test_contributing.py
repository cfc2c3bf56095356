"""CONTRIBUTING.md is true to the tree."""

from __future__ import annotations

import re

import run
from tests.docs.markdown import ROOT, Page

CONTRIBUTING = Page("CONTRIBUTING.md")
PACKAGE = ROOT / "src" / "microsip_manager"


def test_it_names_every_verb_of_run_py_and_no_other() -> None:
    named = {name for row in CONTRIBUTING.section("The verbs").rows for name in re.findall(r"[a-z]+", _verbs(row[0]))}

    assert named == run.VERBS.keys()


def test_it_names_what_test_all_needs() -> None:
    codes = set(CONTRIBUTING.section("The verbs").codes)

    assert set(run.TOOLS.values()) <= codes
    assert {f"python{version}" for version in run.PYTHONS} <= codes


def test_every_path_it_names_exists() -> None:
    named = {code for code in CONTRIBUTING.codes if re.fullmatch(r"[\w./]+(/|\.(py|md|txt|toml|lock))", code)}
    # Inside the map, a file is named by its name alone where its folder stands at the beginning of the row.
    inside = {path.name for path in PACKAGE.rglob("*.py")} | {"routes/"}

    assert len(named) > 20
    assert [name for name in sorted(named - inside) if not (ROOT / name).exists()] == []


def test_the_map_has_every_part_of_the_package() -> None:
    modules = [path for path in PACKAGE.iterdir() if path.suffix == ".py" and path.name != "__init__.py"]
    parts = modules + [path.parent for path in PACKAGE.glob("*/__init__.py")]
    named = set(CONTRIBUTING.section("The map").codes)

    for path in parts:
        assert f"src/microsip_manager/{path.name}{'/' if path.is_dir() else ''}" in named


def _verbs(cell: str) -> str:
    return cell.replace("--all", "").replace("`", "")

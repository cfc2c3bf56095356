"""Where the agent keeps its files on each system."""

from __future__ import annotations

from pathlib import Path

from microsip_manager.agent.folders import state_folder


def test_the_setting_wins() -> None:
    assert state_folder("/var/spool/x", False, {}) == Path("/var/spool/x")
    assert state_folder("~/x", False, {}) == Path.home() / "x"


def test_on_windows_it_does_not_roam() -> None:
    assert state_folder("", True, {"LOCALAPPDATA": "/u/Local"}) == Path("/u/Local/MicroSIP Manager")
    assert state_folder("", True, {}) == Path.home() / "AppData/Local/MicroSIP Manager"


def test_elsewhere_it_is_where_programs_keep_their_state() -> None:
    assert state_folder("", False, {}) == Path.home() / ".local/state/microsip-manager"

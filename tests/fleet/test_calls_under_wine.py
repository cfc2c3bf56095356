"""Calls on Windows: the agent in Windows Python finds the inis of the running stand-ins and reports what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fleet.processes import Server, wait_for
from tests.fleet.wine import WineAgent, start_microsip
from tests.windows.testbed import WineTestbed

pytestmark = pytest.mark.wine

BEGAN = 1772438472
INI = """[Settings]
accountId=1
denyIncoming=button
callsLastKey=1
[Account1]
domain=pbx.example
username={extension}
[Calls]
0=486;Ольга; Ltd;1;{began};61;Вызов завершён
1=487;;2;{began};0;Не тревожить
"""


def write_ini(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "MicroSIP.ini").write_bytes(b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"))


def calls_of(server: Server, extension: str) -> list[tuple[Any, ...]]:
    found = server.get(f"/api/calls?extension={extension}")
    return sorted((call["key"], call["number"], call["name"], call["direction"], call["duration"]) for call in found)


def test_each_microsip_that_runs_has_its_calls_reported_and_also_the_last_ones_of_one_that_was_closed(
    testbed: WineTestbed, server: Server, windows_agent: WineAgent, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write_ini(first, INI.format(extension="485", began=BEGAN))
    write_ini(second, INI.format(extension="500", began=BEGAN))
    (first / "langpack_russian.txt").write_text("; utf8\n\n[Do Not Disturb]\nНе тревожить\n", encoding="utf-8")
    running = [start_microsip(testbed, first), start_microsip(testbed, second)]

    known = (0, "486", "Ольга; Ltd", "incoming", 61)
    wait_for("all calls are stored", lambda: len(calls_of(server, "485") + calls_of(server, "500")) == 4)
    assert calls_of(server, "485") == [known, (1, "487", "", "rejected_by_dnd", 0)]
    # The second one has no language file beside it, so its words are not known to mean DND.
    assert calls_of(server, "500") == [known, (1, "487", "", "missed", 0)]

    for microsip in running:
        microsip.close()
    last = f"2=488;;0;{BEGAN + 60};5;Call Ended\n"
    write_ini(first, INI.format(extension="485", began=BEGAN) + last)
    wait_for("the last call is stored", lambda: (2, "488", "", "outgoing", 5) in calls_of(server, "485"))
    assert len(server.get("/api/calls")) == 5

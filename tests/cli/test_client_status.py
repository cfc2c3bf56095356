"""`get_client_status`: one client, once and again and again. The server answers from memory."""

from __future__ import annotations

from types import ModuleType

import pytest

from microsip_manager.cli.client_status import main
from microsip_manager.wire.phone import PhoneStatus
from tests.cli.office import FIRST, Office, client


def site() -> ModuleType:
    made = ModuleType("api_config")
    made.API_SERVERS = [FIRST]  # type: ignore[attr-defined] # a settings file is a module of names
    return made


def test_one_status_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(site(), ["OLGA"], Office().transport) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "client:    OLGA",
        "extension: 486",
        "status:    🔴 dnd",
        "DND:       on",
        "source:    live",
    ]


def test_the_monitor_asks_again_every_so_many_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    office, waited = Office(), list[float]()

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        office.clients["NIKITA"] = client("NIKITA", PhoneStatus.DND)
        office.down = {FIRST} if len(waited) == 2 else set()
        return len(waited) == 4

    assert main(site(), ["NIKITA", "monitor", "5"], office.transport, wait) == 0

    said = capsys.readouterr()
    assert [line.split()[-2] for line in said.out.splitlines()] == ["online", "dnd", "dnd"]
    assert said.err.startswith("no server")
    assert waited == [5.0, 5.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("hostname", "down", "code"), [("NIKITTA", set[str](), 1), ("a/b", set[str](), 1), ("NIKITA", {FIRST}, 3)]
)
def test_failures_have_their_exit_code(
    hostname: str, down: set[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(site(), [hostname], Office(down=down).transport) == code
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "words", [[], ["NIKITA", "watch"], ["NIKITA", "monitor", "soon"], ["NIKITA", "monitor", "nan"]]
)
def test_wrong_usage_is_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(site(), words, Office().transport)

    assert ended.value.code == 2

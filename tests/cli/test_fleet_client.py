"""The Python client: which server it asks, and what it makes of answers."""

from __future__ import annotations

import threading

import httpx2
import pytest

from microsip_manager.cli.errors import AnswerLost, BadAnswer, BadHostname, NoServer, NotOffered, Refused, UnknownClient
from microsip_manager.cli.fleet_client import FleetClient
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.problems import ProblemCode
from tests.cli.office import FIRST, SECOND, Office, answer_of, refusal


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def fleet(office: Office) -> FleetClient:
    return FleetClient([FIRST, SECOND], transport=office.transport)


def asked_servers(office: Office) -> list[str]:
    return [f"http://{request.url.netloc.decode()}" for request in office.asked]


def test_the_first_server_of_the_list_is_asked(fleet: FleetClient, office: Office) -> None:
    assert [client.hostname for client in fleet.clients()] == ["NIKITA", "OLGA", "PAVEL"]
    assert asked_servers(office) == [FIRST]


def test_the_next_server_is_asked_when_one_is_down_and_kept(fleet: FleetClient, office: Office) -> None:
    office.down = {FIRST}
    fleet.clients()
    fleet.clients()

    assert asked_servers(office) == [FIRST, SECOND, SECOND]
    assert fleet.server == SECOND


def test_no_server_names_each_with_its_reason(fleet: FleetClient, office: Office) -> None:
    office.down = {FIRST, SECOND}

    with pytest.raises(NoServer) as caught:
        fleet.clients()

    assert [reason.split()[0] for reason in caught.value.reasons] == [FIRST, SECOND]
    assert "Connection refused" in str(caught.value)


@pytest.mark.parametrize("code", [ProblemCode.PROTECTED_MODE, ProblemCode.NOT_READY])
def test_a_server_that_serves_others_only_is_passed_over(fleet: FleetClient, office: Office, code: ProblemCode) -> None:
    def choosy(request: httpx2.Request) -> httpx2.Response:
        return refusal(code, "not you") if request.url.host == "first.example" else answer_of([])

    office.more["/api/clients"] = choosy

    assert fleet.clients() == []
    assert fleet.server == SECOND


def test_a_failed_command_is_an_answer_and_goes_to_no_other_server(fleet: FleetClient, office: Office) -> None:
    office.outcomes["NIKITA"] = DndOutcome.UNREACHABLE

    answer = fleet.set_dnd("NIKITA", True)

    assert (answer.outcome, answer.detail) == (DndOutcome.UNREACHABLE, "because it is unreachable")
    assert asked_servers(office) == [FIRST]


def test_a_name_with_blanks_and_other_letters_is_escaped(fleet: FleetClient, office: Office) -> None:
    with pytest.raises(UnknownClient):
        fleet.client("Иванов ПК?x=1#2")

    assert office.asked[0].url.raw_path.count(b"/") == 3
    assert b"?" not in office.asked[0].url.raw_path


@pytest.mark.parametrize("hostname", ["", "..", "a/b", "a\nb"])
def test_a_name_that_leads_elsewhere_is_not_sent(fleet: FleetClient, office: Office, hostname: str) -> None:
    with pytest.raises(BadHostname):
        fleet.set_dnd(hostname, True)

    assert office.asked == []


def test_every_error_of_a_server_has_its_name(fleet: FleetClient, office: Office) -> None:
    office.more["/api/clients"] = lambda _: refusal(ProblemCode.INTERNAL, "a defect")
    with pytest.raises(Refused, match="a defect"):
        fleet.clients()

    office.more["/api/clients"] = lambda _: httpx2.Response(404, content=b"<html>")
    with pytest.raises(BadAnswer, match="HTTP 404"):
        fleet.clients()

    office.more["/api/clients"] = lambda _: answer_of([{"hostname": 5}])
    with pytest.raises(BadAnswer, match=r"\$\[0\]\.hostname"):
        fleet.clients()

    with pytest.raises(NotOffered, match="does not offer stats"):
        fleet.stats({})


def test_hostile_text_in_an_error_is_one_printable_line(fleet: FleetClient, office: Office) -> None:
    office.more["/api/clients"] = lambda _: refusal(ProblemCode.INTERNAL, "\x1b[2J\n\u202e" + "x" * 5000)

    with pytest.raises(Refused) as caught:
        fleet.clients()

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 1000


def test_a_message_is_not_sent_twice_when_the_connection_breaks(fleet: FleetClient, office: Office) -> None:
    def broken(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("reset", request=request)

    office.more["/api/clients/NIKITA/display_message"] = broken

    with pytest.raises(AnswerLost, match="may have been carried out"):
        fleet.display_message("NIKITA", {"text": "Lunch"})
    assert asked_servers(office) == [FIRST]


def test_a_wish_for_dnd_is_sent_to_the_next_server_when_the_connection_breaks(
    fleet: FleetClient, office: Office
) -> None:
    def breaks_once(request: httpx2.Request) -> httpx2.Response:
        if request.url.host == "first.example":
            raise httpx2.ReadTimeout("", request=request)
        return answer_of({"hostname": "NIKITA", "outcome": "already", "dnd": True})

    office.more["/api/clients/NIKITA/set_dnd"] = breaks_once

    assert fleet.set_dnd("NIKITA", True).outcome is DndOutcome.ALREADY


def test_the_list_comes_only_when_it_has_changed(fleet: FleetClient, office: Office) -> None:
    tag, clients = fleet.clients_if_changed("")
    assert clients is not None

    assert fleet.clients_if_changed(tag) == (tag, None)

    office.version += 1
    assert fleet.clients_if_changed(tag)[1] is not None


def test_an_endless_answer_is_cut(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("microsip_manager.cli.server_list.ANSWER_LIMIT", 1000)
    office.more["/api/clients"] = lambda _: httpx2.Response(200, content=b"x" * 2000)

    with pytest.raises(NoServer, match="more than 1000 bytes"):
        FleetClient([FIRST], transport=office.transport).clients()


def test_threads_share_it(fleet: FleetClient, office: Office) -> None:
    office.down = {FIRST}
    threads = [threading.Thread(target=fleet.clients) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert fleet.server == SECOND

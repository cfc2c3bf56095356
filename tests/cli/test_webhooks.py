"""`microsip-manager webhooks`."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx2
import pytest

from microsip_manager.cli.main import main
from microsip_manager.wire.events import EventKind
from microsip_manager.wire.problems import ProblemCode
from microsip_manager.wire.webhooks import CreatedWebhook, Delivery, DeliveryState, Webhook
from tests.cli.office import FIRST, NOON, Office, answer_of, refusal

CLI = Callable[..., tuple[int, str, str]]
ID, DELIVERY = "3a0d5c7be81f4e0c9b2d6f5e4a7c1d88", "msg_9c2f6a1e0b7d4c3f8e5a9d0b1c2e3f40"
URL = "https://hooks.example/phones"
HOOK = Webhook(ID, URL, [EventKind.CLIENT], NOON, waiting=2, dead=1)
MADE = CreatedWebhook(ID, URL, [], NOON, "whsec_c2hvd24gb25jZQ==")
DEAD = Delivery(DELIVERY, "client", DeliveryState.DEAD, 14, NOON, None, NOON, 500, "the receiver answered with 500")


@pytest.fixture
def office() -> Office:
    office = Office()
    office.more["/api/webhooks"] = lambda request: answer_of(MADE if request.method == "POST" else [HOOK])
    office.more[f"/api/webhooks/{ID}"] = lambda _: answer_of({"status": "ok"})
    office.more[f"/api/webhooks/{ID}/deliveries"] = lambda _: answer_of([DEAD])
    office.more[f"/api/webhooks/{ID}/deliveries/{DELIVERY}/redeliver"] = lambda _: answer_of(DEAD)
    return office


@pytest.fixture
def cli(office: Office, capsys: pytest.CaptureFixture[str]) -> CLI:
    def cli(*words: str) -> tuple[int, str, str]:
        code = main(["--server", FIRST, "webhooks", *words], office.transport)
        return code, *capsys.readouterr()

    return cli


@pytest.mark.parametrize("verb", ["list", "add", "delete", "deliveries", "redeliver"])
def test_every_verb_has_help_with_an_example(cli: CLI, verb: str) -> None:
    code, out, _ = cli(verb, "--help")

    assert code == 0
    assert f"`webhooks {verb}" in " ".join(out.split())


def test_it_shows_webhooks_and_how_they_do(cli: CLI) -> None:
    code, out, _ = cli("list")

    assert code == 0
    row = out.splitlines()[1].split()
    assert (row[:3], row[-3:]) == ([ID, URL, "client"], ["2", "1", "0"])
    assert json.loads(cli("list", "--json")[1])[0]["dead"] == 1


def test_a_new_one_is_sent_and_its_secret_shown(cli: CLI, office: Office) -> None:
    code, out, _ = cli("add", URL, "--kind", "client", "--kind", "command")

    assert code == 0
    [request] = office.asked
    assert json.loads(request.content) == {"url": URL, "kinds": ["client", "command"]}
    assert out.endswith("secret, shown here only: whsec_c2hvd24gb25jZQ==\n")


def test_a_kind_that_is_none_is_wrong_usage(cli: CLI, office: Office) -> None:
    assert cli("add", URL, "--kind", "weather")[0] == 2
    assert office.asked == []


def test_a_new_one_is_not_sent_twice_when_the_connection_breaks(cli: CLI, office: Office) -> None:
    def breaks(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("reset", request=request)

    office.more["/api/webhooks"] = breaks

    code, _, err = cli("add", URL)

    assert code == 1
    assert "may have been carried out" in err
    assert len(office.asked) == 1


def test_one_is_removed_by_its_id(cli: CLI, office: Office) -> None:
    assert cli("delete", ID)[:2] == (0, f"{ID} removed\n")
    assert [(request.method, request.url.path) for request in office.asked] == [("DELETE", f"/api/webhooks/{ID}")]


def test_an_id_cannot_become_another_path(cli: CLI, office: Office) -> None:
    office.more["/api/webhooks/../clients"] = lambda _: answer_of({"status": "ok"})

    cli("delete", "../clients")

    assert office.asked[0].url.raw_path == b"/api/webhooks/..%2Fclients"


def test_one_that_is_not_there_is_a_failure(cli: CLI, office: Office) -> None:
    office.more[f"/api/webhooks/{ID}"] = lambda _: refusal(ProblemCode.UNKNOWN_WEBHOOK, "There is no such webhook.")

    assert cli("delete", ID)[::2] == (1, "There is no such webhook.\n")


def test_deliveries_are_shown_and_one_is_made_again(cli: CLI, office: Office) -> None:
    assert "the receiver answered with 500" in cli("deliveries", ID, "--state", "dead")[1]
    assert office.asked[0].url.params["state"] == "dead"

    code, out, _ = cli("redeliver", ID, DELIVERY)
    assert code == 0
    assert DELIVERY in out

"""Everything about one extension or number is told, and erased as far as that is possible."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.call_log import CallLog
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.privacy.places import ERASED, OTHERS, STAYS
from microsip_manager.server.privacy.same_number import same_number
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.sql_audit_store import SqlAuditStore
from microsip_manager.server.sql_call_store import SqlCallStore
from microsip_manager.server.sql_privacy_store import SqlPrivacyStore
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.server.sql_webhook_store import SqlWebhookStore
from microsip_manager.server.sql_wish_store import SqlWishStore
from microsip_manager.server.tables import metadata
from microsip_manager.server.webhook_book import KeptWebhook
from microsip_manager.server.webhooks import body_of, delivery_of
from microsip_manager.server.wish import Wish, ended
from microsip_manager.wire.calls import Call
from microsip_manager.wire.codec import encode
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.desired import WishEnd
from microsip_manager.wire.events import CallStored
from tests.contracts.test_call_store import NOON, call
from tests.fakes.agent_link import FakeAgents
from tests.fakes.clock import HandClock
from tests.fakes.services import fake_services
from tests.server.conftest import beat_of, caller_of

NUMBER, OTHER = "+74950000042", "+74950000043"


@dataclass
class House:
    """A server on a real database with something of everything in it."""

    store: SqlStore
    api: TestClient
    calls: SqlCallStore

    def everything(self) -> str:
        """The whole database as text."""
        return "\n".join(self.rows())

    def but_the_audit_log(self) -> list[str]:
        return [row for row in self.rows() if not row.startswith("audit")]

    def rows(self) -> list[str]:
        told = []
        with self.store.engine.connect() as connection:
            for table in metadata.sorted_tables:
                told += [f"{table.name} {tuple(row)!r}" for row in connection.execute(table.select())]
        return told

    def erase(self, **wish: object) -> dict[tuple[str, str], int]:
        answer = self.api.post("/api/privacy/erase", json=wish)
        assert answer.status_code == 200, answer.text
        return {(one["where"], one["what"]): one["rows"] for one in answer.json()["erased"]}

    def export(self, **subject: str) -> dict[str, list[dict[str, Any]]]:
        answer = self.api.post("/api/privacy/export", json=subject)
        assert answer.status_code == 200, answer.text
        return {one["where"]: one["rows"] for one in answer.json()["found"]}


def a_call(key: int, hostname: str, extension: str, number: str, info: str = "Call Ended") -> Call:
    made = call(key, hostname, extension=extension, number=number, started_at=NOON - timedelta(minutes=key), info=info)
    return msgspec.structs.replace(made, name=f"Name of {number}")


CALLS = [
    a_call(0, "NIKITA", "485", NUMBER, f"transfer to {NUMBER}"),
    a_call(1, "NIKITA", "485", OTHER),
    a_call(2, "OLGA", "486", "7 495 000-00-42"),
    a_call(3, "OLGA", "486", "485"),
    a_call(4, "OLGA", "486", OTHER),
]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(SqlStore(f"sqlite:///{tmp_path}/house.db")) as store:
        clock, bus, recorder = HandClock(), LocalBus(), Recorder(store)
        fleet = Fleet(recorder, FakeAgents(), clock, bus, patience=21.0)
        calls = SqlCallStore(store.engine)
        audit = AuditLog(SqlAuditStore(store.engine), clock, keep_days=400)
        log = CallLog(calls, clock, bus, keep_days=365)
        services = fake_services(
            clock=clock,
            bus=bus,
            recorder=recorder,
            fleet=fleet,
            calls=log,
            audit=audit,
            privacy_store=SqlPrivacyStore(store.engine),
        )
        fill(store, calls, fleet, recorder)
        api = caller_of(services)
        for number in (NUMBER, OTHER):
            api.post("/api/clients/NIKITA/telephone", json={"action": "dial", "number": number})
        yield House(store, api, calls)
        log.close()
        services.wishes.close()


def fill(store: SqlStore, calls: SqlCallStore, fleet: Fleet, recorder: Recorder) -> None:
    calls.take(CALLS, NOON)
    for hostname, extension in (("NIKITA", "485"), ("OLGA", "486")):
        fleet.record(beat_of(hostname, extension=extension), "192.0.2.17")
        command = CommandRecord(f"of {hostname}", hostname, "set_dnd on", "user anna", "http", NOON, NOON, "applied")
        recorder.command(command)
        wish = Wish(id=f"wish of {hostname}", hostname=hostname, enabled=True, asked_at=NOON)
        SqlWishStore(store.engine).write(ended(wish, WishEnd.APPLIED, NOON))
    recorder.write()
    webhooks = SqlWebhookStore(store.engine)
    bodies = [body_of("call", NOON, encode(CallStored(one))) for one in CALLS]
    hello, *told = [delivery_of("f" * 32, "call", body, NOON) for body in (b"{}", *bodies)]
    webhooks.add(KeptWebhook("f" * 32, "https://hooks.example", frozenset(), "s", NOON), hello)
    webhooks.keep(told)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+7 495 000-00-42", "74950000042", True),
        ("sip:74950000042@pbx1.example", "+74950000042", True),
        ("485", "485", True),
        ("485", "4850", False),
        ("anna", "ANNA", True),
        ("anna", "", False),
        ("", "", True),
    ],
)
def test_the_same_digits_are_the_same_number(one: str, other: str, same: bool) -> None:
    assert same_number(one, other) is same


def test_everything_about_a_number_is_told(house: House) -> None:
    answer = house.api.post("/api/privacy/export", json={"number": "7 (495) 000 00 42"}).json()
    found = {one["where"]: one["rows"] for one in answer["found"]}

    assert answer["spellings"] == [NUMBER, "7 495 000-00-42"]
    assert sorted(one["hostname"] for one in found["calls"]) == ["NIKITA", "OLGA"]
    assert len(found["webhook_deliveries"]) == 2
    assert [one["what"] for one in found["audit"]] == ["POST /api/clients/{hostname}/telephone"]
    assert found["transitions"] == found["commands"] == found["clients"] == []
    assert {one["where"] for one in answer["stays"]} >= {"audit", "agents and MicroSIP", "receivers of webhooks"}


def test_everything_about_an_extension_is_told(house: House) -> None:
    found = house.export(extension="485")

    assert [one["hostname"] for one in found["clients"]] == ["NIKITA"]
    assert sorted((one["extension"], one["number"]) for one in found["calls"]) == [
        ("485", NUMBER),
        ("485", OTHER),
        ("486", "485"),
    ]
    assert [one["client_key"] for one in found["transitions"]] == ["nikita"]
    assert [one["id"] for one in found["commands"]] == ["of NIKITA"]
    assert [one["id"] for one in found["dnd_wishes"]] == ["wish of NIKITA"]
    assert len(found["webhook_deliveries"]) == 3


def test_first_it_only_tells_what_it_would_erase(house: House) -> None:
    before = house.but_the_audit_log()

    planned = house.erase(number=NUMBER)

    assert planned == {
        ("calls", "removed"): 0,
        ("calls", "number, name emptied"): 2,
        ("transitions", "removed"): 0,
        ("commands", "removed"): 0,
        ("dnd_wishes", "removed"): 0,
        ("audit_numbers", "removed"): 1,
        ("webhook_deliveries", "removed"): 2,
    }
    assert house.but_the_audit_log() == before
    assert house.erase(number=NUMBER, dry_run=False) == planned


def test_after_an_erasure_the_number_is_nowhere(house: House) -> None:
    house.erase(number=NUMBER, dry_run=False)
    left = house.everything()

    for secret in (NUMBER, NUMBER.lstrip("+"), "7 495 000-00-42"):
        assert secret not in left
    assert OTHER in left
    assert house.export(number=NUMBER)["calls"] == []
    assert len(house.api.get("/api/calls").json()) == len(CALLS)  # what statistics need is there still
    assert house.api.get("/api/audit/check").json()["ok"]


def test_after_an_erasure_nothing_is_known_of_the_extension_but_that_the_pc_has_it(house: House) -> None:
    erased = house.erase(extension="485", dry_run=False)

    assert (erased["calls", "removed"], erased["calls", "number, name emptied"]) == (2, 1)
    found = house.export(extension="485")
    assert {where for where, rows in found.items() if rows} == {"clients", "audit"}
    assert {one["hostname"] for one in house.api.get("/api/calls").json()} == {"OLGA"}
    assert "of OLGA" in house.everything()
    assert house.api.get("/api/audit/check").json()["ok"]


def test_the_audit_log_tells_of_it_without_keeping_the_number_anew(house: House) -> None:
    house.erase(number=NUMBER, dry_run=False)

    row = house.api.get("/api/audit").json()[0]

    assert (row["what"], row["target"]) == ("POST /api/privacy/erase", "number …42")
    assert row["after"]["dry_run"] is False
    assert "0000042" not in json.dumps(row)


@pytest.mark.parametrize(
    "bad", [{}, {"number": ""}, {"number": "1", "extension": "2"}, {"number": "\u202e1"}, {"numbers": "1"}]
)
def test_it_wants_an_extension_or_a_number(house: House, bad: dict[str, str]) -> None:
    for path in ("/api/privacy/export", "/api/privacy/erase"):
        answer = house.api.post(path, json=bad)

        assert (answer.status_code, answer.json()["code"]) == (422, "bad-message")


def test_every_table_is_thought_of() -> None:
    assert sorted([*ERASED, *STAYS, *OTHERS]) == sorted(metadata.tables)

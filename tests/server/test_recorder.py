"""The one writer behind the memory."""

from __future__ import annotations

import pytest

from microsip_manager.server import recorder as recording
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.recorder import Recorder
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.phone import PhoneStatus
from tests.fakes.client_store import MemoryStore
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of


def test_many_changes_become_one_write(fleet: Fleet, recorder: Recorder, store: MemoryStore) -> None:
    for number in range(50):
        fleet.record(beat_of(f"PC-{number}"), "192.0.2.17")

    recorder.write()

    assert store.writes == 1
    assert len(store.load()) == 50


def test_a_full_disk_loses_nothing_once_there_is_room_again(
    fleet: Fleet, recorder: Recorder, store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    store.fails_with = "disk full"
    assert not recorder.write()
    assert not recorder.write()
    assert recorder.trouble == "disk full"

    fleet.record(beat_of("NIKITA", dnd=True), "192.0.2.17")
    store.fails_with = None
    recorder.write()

    assert recorder.trouble is None
    assert store.load()[0].status is PhoneStatus.DND
    assert [flip.after for flip in store.transitions("NIKITA")] == [PhoneStatus.ONLINE, PhoneStatus.DND]
    assert caplog.text.count("takes no changes") == 1


def test_what_waits_at_the_end_is_written(fleet: Fleet, recorder: Recorder, store: MemoryStore) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")

    recorder.run(wait=lambda _: True)

    assert len(store.load()) == 1


def test_of_commands_that_cannot_be_written_the_oldest_are_forgotten(
    recorder: Recorder, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "COMMAND_LIMIT", 3)
    at = HandClock().now()

    for id in "abcde":
        recorder.command(CommandRecord(id, "NIKITA", "set_dnd on", "anna", "link", at, at))
    assert recorder.waiting == 3
    recorder.write()

    assert {told.id for told in store.commands("NIKITA", at.replace(year=2027), 10)} == set("cde")

"""From MicroSIP's ini to the spool: every call once, and again when it has changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from microsip_manager.agent.boundaries import PhoneFiles
from microsip_manager.agent.call_watch import CallWatch
from microsip_manager.agent.spool import Spool, open_spool
from microsip_manager.wire.calls import Call, CallDirection
from tests.fakes.clock import HandClock
from tests.fakes.softphone import ScriptedPhone


class Desk:
    """A MicroSIP's ini, the phone beside it, and an agent that may be started anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.phone = ScriptedPhone()
        self.spool: Spool
        self.watch: CallWatch
        self._written = 1_000_000_000
        self.begins = int(self.clock.now().timestamp())
        self.start()

    def start(self) -> None:
        self.spool = open_spool(self.folder / "calls.db")
        self.watch = CallWatch(self.phone, self.spool, "NIKITA", clock=self.clock, ansi="cp1251", wait=lambda _: None)

    def restart(self) -> None:
        self.close()
        self.start()

    def close(self) -> None:
        """Close the spool of the agent that runs now, which after a restart is not the first one."""
        self.spool.close()

    def writes(self, *calls: str, name: str = "microsip", extension: str = "485", rotates: bool = True) -> None:
        """MicroSIP runs and has these entries, `{}` in them being the time."""
        entries = "".join(f"{key}={value.format(self.begins)}\n" for key, value in enumerate(calls))
        last = f"callsLastKey={len(calls) - 1}\n" if rotates else ""
        ini = self.folder / f"{name}.ini"
        text = f"[Settings]\naccountId=1\n{last}[Account1]\nusername={extension}\n[Calls]\n{entries}"
        ini.write_bytes(text.encode("cp1251"))
        self._written += 1
        os.utime(ini, (self._written, self._written))
        files = PhoneFiles(ini, self.folder)
        if files not in self.phone.running_files:
            self.phone.running_files.append(files)

    def news(self) -> list[Call]:
        """What a look finds, which a server then takes."""
        self.watch.look()
        waiting = self.spool.waiting(10_000)
        self.spool.forget(waiting)
        return [each.call for each in waiting]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(Desk(tmp_path)) as desk:
        yield desk


RINGING = "486;Olga;1;{};0;"
ENDED = "486;Olga;1;{};61;Call Ended"


def test_a_call_is_news_when_it_begins_and_when_it_ends_and_not_in_between(desk: Desk) -> None:
    desk.writes(RINGING)
    assert [(call.direction, call.ended) for call in desk.news()] == [(CallDirection.INCOMING, False)]
    assert desk.news() == []

    desk.writes(ENDED)
    [ended] = desk.news()
    assert (ended.ended, ended.duration, ended.extension) == (True, 61, "485")
    assert desk.news() == []


def test_a_name_that_microsip_learns_meanwhile_is_news(desk: Desk) -> None:
    desk.writes(RINGING)
    desk.news()

    desk.writes(RINGING.replace("Olga", "Ольга"))

    assert [call.name for call in desk.news()] == ["Ольга"]


def test_after_a_restart_of_the_agent_only_what_came_meanwhile_is_news(desk: Desk) -> None:
    desk.writes(ENDED)
    desk.news()
    desk.restart()
    assert desk.news() == []

    desk.spool.close()
    desk.writes(ENDED, "487;;2;{};0;Missed Call")
    desk.start()

    assert [call.number for call in desk.news()] == ["487"]


def test_calls_that_no_server_has_taken_yet_are_still_there_after_a_restart(desk: Desk) -> None:
    desk.writes(ENDED)
    desk.watch.look()

    desk.restart()
    desk.watch.look()

    assert [each.call.number for each in desk.spool.waiting(10)] == ["486"]


def test_a_call_that_was_alive_when_microsip_ended_is_over(desk: Desk) -> None:
    desk.writes(RINGING)
    desk.news()

    desk.phone.running_files.clear()

    assert [call.ended for call in desk.news()] == [True]
    assert desk.news() == []


def test_the_last_calls_of_a_microsip_that_ended_while_there_was_no_agent_are_read(desk: Desk) -> None:
    desk.writes(RINGING)
    desk.news()
    desk.writes(ENDED)
    desk.phone.running_files.clear()
    desk.restart()

    assert [call.duration for call in desk.news()] == [61]


def test_a_call_without_an_end_is_over_after_a_day(desk: Desk) -> None:
    desk.writes(RINGING)
    desk.news()
    desk.clock.forward(23 * 3600)
    assert desk.news() == []

    desk.clock.forward(2 * 3600)

    assert [call.ended for call in desk.news()] == [True]


def test_a_place_that_is_used_again_is_another_call(desk: Desk) -> None:
    desk.writes(ENDED)
    [first] = desk.news()
    desk.begins += 3600
    desk.writes(ENDED)

    [second] = desk.news()

    assert second.key == first.key
    assert second.id != first.id


def test_a_call_belongs_to_the_account_it_was_first_seen_under(desk: Desk) -> None:
    desk.writes(RINGING)
    desk.news()

    desk.writes(ENDED, ENDED.replace("486", "487"), extension="999")

    assert [(call.number, call.extension) for call in desk.news()] == [("486", "485"), ("487", "999")]
    desk.writes(ENDED, ENDED.replace("486", "487"), extension="485")
    assert desk.news() == []


def test_each_of_several_microsips_has_its_own_calls(desk: Desk) -> None:
    desk.writes(ENDED)
    desk.writes(ENDED, name="phone2")

    first, second = desk.news()

    assert (first.number, first.started_at) == (second.number, second.started_at)
    assert first.id != second.id
    desk.restart()
    assert desk.news() == []


def test_an_old_microsip_without_notes_has_its_calls_too(desk: Desk) -> None:
    desk.writes("486;;2;{};0;", rotates=False)
    assert [(call.direction, call.ended) for call in desk.news()] == [(CallDirection.INCOMING, False)]

    desk.writes("486;;1;{};61;", rotates=False)
    assert [(call.direction, call.ended, call.duration) for call in desk.news()] == [(CallDirection.INCOMING, True, 61)]


def test_calls_the_user_deletes_are_no_news(desk: Desk) -> None:
    desk.writes(ENDED)
    desk.news()

    desk.writes("null")

    assert desk.news() == []


def test_a_translation_beside_the_program_tells_what_dnd_rejected(desk: Desk) -> None:
    (desk.folder / "langpack_dutch.txt").write_text("[Do Not Disturb]\nNiet storen\n", encoding="utf-8")
    desk.writes("486;;2;{};0;Niet storen")

    assert [call.direction for call in desk.news()] == [CallDirection.REJECTED_BY_DND]


def test_an_ini_that_is_damaged_or_gone_is_read_when_it_is_well_again(desk: Desk) -> None:
    desk.writes(ENDED)
    good = (desk.folder / "microsip.ini").read_bytes()
    (desk.folder / "microsip.ini").write_bytes(b"")
    assert desk.news() == []
    (desk.folder / "microsip.ini").unlink()
    assert desk.news() == []

    (desk.folder / "microsip.ini").write_bytes(good)

    assert [call.number for call in desk.news()] == ["486"]


def test_the_spool_holds_no_call_that_a_server_has(desk: Desk, tmp_path: Path) -> None:
    desk.writes(ENDED.replace("486", "84950000042"))
    desk.news()
    desk.spool.close()

    with closing(open_spool(tmp_path / "calls.db")) as spool:
        assert spool.waiting(10) == []
        assert "84950000042" not in repr(spool.seen(str(tmp_path / "microsip.ini")))

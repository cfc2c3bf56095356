"""Which reports of a call are news."""

from __future__ import annotations

import msgspec

from microsip_manager.server.call_news import CallNews
from tests.contracts.test_call_store import call, living


def test_a_call_is_news_when_it_begins_and_when_it_ends_and_never_after() -> None:
    news = CallNews()
    ended = msgspec.structs.replace(living(), ended=True)
    noted = msgspec.structs.replace(ended, info="Call Ended")

    told = [news.are_in(report) for report in (living(), living(), ended, living(), noted, ended, noted)]

    assert told == [True, False, True, False, True, False, False]


def test_the_oldest_are_forgotten() -> None:
    news = CallNews(limit=2)

    assert [news.are_in(call(key)) for key in (0, 1, 2, 2, 1, 0)] == [True, True, True, False, False, True]

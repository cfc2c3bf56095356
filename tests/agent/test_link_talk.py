"""What an agent says over its link, and when."""

from __future__ import annotations

from microsip_manager.agent.link_talk import LinkTalk
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.link import Ask, Beat, Heard, Report, decode_from_agent

ONLINE = Heartbeat("NIKITA", "485", 0)
DND = Heartbeat("NIKITA", "485", 1)
CLOSED = Heartbeat("NIKITA", "485", 0, running=False)


def test_news_are_reported_and_the_same_again_is_a_beat() -> None:
    talk = LinkTalk(7.0)

    said = [decode_from_agent(talk.text(beat, 0.0)) for beat in (ONLINE, ONLINE, DND, DND, ONLINE)]

    assert said == [Report(ONLINE), Beat(), Report(DND), Beat(), Report(ONLINE)]


def test_news_is_what_was_not_reported() -> None:
    talk = LinkTalk(7.0)
    assert talk.is_news(ONLINE)

    talk.text(ONLINE, 0.0)

    assert (talk.is_news(ONLINE), talk.is_news(DND)) == (False, True)


def test_the_state_after_a_command_goes_with_its_answer_and_is_no_news_after_it() -> None:
    talk = LinkTalk(7.0)
    talk.text(ONLINE, 0.0)

    assert talk.switched(True) == DND
    assert not talk.is_news(DND)
    assert decode_from_agent(talk.text(DND, 1.0)) == Beat()


def test_nothing_goes_with_an_answer_that_was_reported_before_or_when_microsip_was_closed() -> None:
    talk = LinkTalk(7.0)
    assert talk.switched(True) is None, "there is no report yet, which has to be the first"

    talk.text(DND, 0.0)
    assert talk.switched(True) is None

    talk.text(CLOSED, 1.0)
    assert talk.switched(True) is None
    assert decode_from_agent(talk.text(DND, 2.0)) == Report(DND)


def test_a_sleeping_agent_speaks_every_three_intervals() -> None:
    talk = LinkTalk(7.0)
    talk.text(ONLINE, 100.0)
    talk.heard(Heard(0.0), 100.1)

    assert not talk.is_due(120.9)
    assert talk.next_look(120.0) == 1.0
    assert talk.is_due(121.0)


def test_a_server_silent_for_an_interval_is_dead() -> None:
    talk = LinkTalk(7.0)
    talk.text(ONLINE, 100.0)
    talk.text(ONLINE, 105.0)

    assert not talk.is_dead(106.9)
    assert talk.next_look(106.0) == 1.0
    assert talk.is_dead(107.0), "counted from the first text that was not answered"


def test_a_server_that_answers_is_alive() -> None:
    talk = LinkTalk(7.0)
    talk.text(ONLINE, 100.0)
    talk.heard(Heard(0.0), 106.0)

    assert not talk.is_dead(1000.0)


def test_a_deadline_is_one_of_the_servers_clock() -> None:
    talk = LinkTalk(7.0)
    talk.text(ONLINE, 100.0)
    talk.heard(Heard(5000.0), 100.5)  # half a second on the way, or less

    ask = Ask("1", "POST", "/api/set_dnd", deadline=5010.0)
    assert not talk.is_too_late(ask, 110.3)
    assert talk.is_too_late(ask, 110.45)  # its clock is not known so exactly


def test_the_quickest_answer_tells_the_servers_clock_best() -> None:
    talk = LinkTalk(7.0)
    for sent, now in ((5000.0, 103.0), (5007.0, 107.1), (5014.0, 120.0)):
        talk.heard(Heard(sent), now)

    ask = Ask("1", "POST", "/api/set_dnd", deadline=5100.0)
    assert not talk.is_too_late(ask, 200.0)
    assert talk.is_too_late(ask, 200.2)

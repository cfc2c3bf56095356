"""Sound and notices on chosen events: off until somebody chooses, once for each thing, bursts summed up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fleet.processes import Server
from tests.web.axe import violations
from tests.web.calls import call, report
from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow

FAKES = """
    window.tones = 0;
    window.shown = [];
    const made = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () { window.tones += 1; return made.call(this); };
    window.Notification = class extends EventTarget {
        static permission = "default";
        static async requestPermission() { return (Notification.permission = "granted"); }
        constructor(title, options) { super(); window.shown.push([title, options.body]); }
        close() {}
    };
"""
"""What leaves the page is counted instead: headless browsers have no desktop and no loudspeaker."""

STEPS = """async (steps) => {
    const { NoticeWatch } = await import(`${document.body.dataset.static}/js/notice_watch.js`);
    const watch = new NoticeWatch();
    return steps.map(([kind, data, now]) => (kind === "look" ? watch.look(now, data) : watch.hear(kind, data, now, 60))
        .map(({ kind, name }) => `${kind} ${name}`));
}"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server.lasting(tmp_path_factory.mktemp("noticed"), HEARTBEAT_INTERVAL="1") as server:
        yield server


@pytest.fixture
def page(page_of: PageOf) -> Page:
    opened = page_of()
    opened.add_init_script(FAKES)
    opened.goto("/groups")
    return opened


def row(name: str = "NIKITA", status: str = "online", registration: str = "registered") -> dict[str, Any]:
    since = "1970-01-01T00:00:00Z"
    return {"hostname": name, "status": status, "status_since": since, "phone": {"registration": registration}}


def told(page: Page, *steps: tuple[str, Any, int]) -> list[list[str]]:
    """What each of these events is worth telling; the last of a step is the moment in minutes."""
    found: list[list[str]] = page.evaluate(STEPS, [[kind, data, now * 60_000] for kind, data, now in steps])
    return found


def snapshot(*rows: dict[str, Any]) -> tuple[str, Any, int]:
    return "snapshot", {"clients": list(rows)}, 0


def client(**fields: Any) -> tuple[str, Any, int]:
    return "client", {"client": row(**fields)}, 0


def test_what_is_so_at_the_beginning_is_no_news(page: Page) -> None:
    first = snapshot(row(status="offline"), row("OLGA", "dnd"), row("PAVEL", registration="failed"))

    assert told(page, first, ("look", 60, 600), client(status="offline")) == [[], ["dnd OLGA"], []]
    late = "snapshot", first[1], 600
    assert told(page, late, ("look", 60, 600)) == [[], []]


def test_the_same_is_told_again_only_after_it_was_well(page: Page) -> None:
    off, on = client(status="offline"), client()
    lost, connecting = client(registration="failed"), client(registration="connecting")

    assert told(page, snapshot(row()), off, off, on, off) == [[], ["offline NIKITA"], [], [], ["offline NIKITA"]]
    assert told(page, snapshot(row()), lost, connecting, lost, on, lost) == [
        [],
        ["registration NIKITA"],
        [],
        [],
        [],
        ["registration NIKITA"],
    ]


def test_what_happened_while_the_page_was_away_is_news(page: Page) -> None:
    assert told(page, snapshot(row(), row("OLGA")), snapshot(row(status="offline"), row("OLGA"))) == [
        [],
        ["offline NIKITA"],
    ]


def test_a_missed_call_is_told_once_and_an_old_one_never(page: Page) -> None:
    missed = {"id": "1", "hostname": "NIKITA", "direction": "missed", "started_at": "1970-01-01T00:00:00Z"}
    again = ("call", {"call": missed}, 1)

    assert told(page, again, again) == [["missed NIKITA"], []]
    assert told(page, ("call", {"call": missed}, 11)) == [[]]
    assert told(page, ("call", {"call": {**missed, "direction": "incoming"}}, 1)) == [[]]


def choose(page: Page, *names: str) -> None:
    page.get_by_role("button", name="Notices").click()
    for name in names:
        page.locator(f"#notices [name={name}]").check()
    page.get_by_role("button", name="Close").click()


def kept(page: Page) -> Any:
    return json.loads(page.evaluate("localStorage.getItem('notices')") or "null")


def test_nothing_is_heard_or_told_until_somebody_chooses(page: Page, office: Server) -> None:
    streams: list[str] = []
    page.on("request", lambda request: streams.extend([request.url] if "/api/events" in request.url else []))
    page.goto("/statistics")
    expect(page.locator("#figures, #problem:not(:empty)").first).to_be_visible()

    assert kept(page) is None
    assert streams in ([], [f"{office.url}/api/events?kind=agent"])
    page.get_by_role("button", name="Notices: off").click()
    assert not any(box.is_checked() for box in page.locator("#notices [type=checkbox]").all())
    assert violations(page) == []


def test_a_burst_is_summed_up_by_sound_notice_and_line(page: Page, office: Server) -> None:
    names = [f"PC-{number:02}" for number in range(12)]
    for name in names:
        office.beat(name)
    choose(page, "offline", "sound", "browser")
    expect(page.get_by_role("button", name="Notices: on")).to_be_visible()

    line = page.locator(".toast", has_text="12 PCs went offline")
    expect(line).to_be_visible(timeout=20_000)
    expect(line).to_contain_text("PC-00, PC-01")
    assert page.evaluate("window.shown.length") == 1
    assert page.evaluate("window.shown[0][0]") == "12 PCs went offline"
    assert page.evaluate("window.tones") == 2 * 2, "once when it was chosen, once for all twelve"
    assert violations(page) == []


def test_another_tab_of_the_same_browser_does_not_tell_it_again(page: Page) -> None:
    other = page.context.new_page()
    other.goto("/groups")
    tell = """async ([key, now]) => {
        const { notToldElsewhere } = await import(`${document.body.dataset.static}/js/notice_choice.js`);
        return notToldElsewhere([{ key }], now).length;
    }"""

    assert page.evaluate(tell, ["offline olga", 0]) == 1
    assert other.evaluate(tell, ["offline olga", 10_000]) == 0
    assert other.evaluate(tell, ["offline pavel", 10_000]) == 1
    assert other.evaluate(tell, ["offline olga", 80_000]) == 1, "a while later it is news again"


def test_a_missed_call_is_told_with_a_link_to_the_pc(page: Page, office: Server) -> None:
    office.beat("OLGA")
    with page.expect_response(lambda answer: "/api/events" in answer.url and "call" in answer.url):
        choose(page, "missed")

    report(office, call("+74950000042", timedelta(0), key=77, hostname="OLGA", direction="missed"))

    page.get_by_role("link", name="OLGA missed a call").click()
    expect(page).to_have_url(f"{office.url}/client/OLGA")


def test_the_choice_stays_in_this_browser(page: Page) -> None:
    choose(page, "dnd", "missed")
    page.get_by_role("button", name="Notices").click()
    page.get_by_label("Longer than, minutes").fill("15")
    page.get_by_label("Longer than, minutes").press("Tab")
    page.goto("/calls")

    expect(page.get_by_role("button", name="Notices: on")).to_be_visible()
    assert {name for name, wanted in kept(page).items() if wanted is True} == {"dnd", "missed"}
    assert kept(page)["minutes"] == 15


@pytest.mark.parametrize("left", ["no json", "[]", '{"offline": "yes", "minutes": -5}', "null"])
def test_what_else_stands_there_is_not_believed(page: Page, left: str) -> None:
    page.evaluate("(left) => localStorage.setItem('notices', left)", left)
    page.reload()

    expect(page.get_by_role("button", name="Notices: off")).to_be_visible()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("Object.defineProperty(window, 'isSecureContext', { get: () => false });", "Not over plain http"),
        ("Notification.permission = 'denied';", "The browser blocks them"),
        ("delete window.Notification;", "This browser has none"),
    ],
)
def test_it_says_when_the_browser_shows_no_notices(page_of: PageOf, state: str, said: str) -> None:
    page = page_of()
    page.add_init_script(FAKES + state)
    page.goto("/groups")
    page.get_by_role("button", name="Notices").click()

    expect(page.locator("#browser-state")).to_contain_text(said)
    expect(page.get_by_label("A notice of the browser")).to_be_disabled()
    assert violations(page) == []


def test_a_refused_permission_is_not_shown_as_chosen(page: Page) -> None:
    page.evaluate("() => { Notification.requestPermission = async () => (Notification.permission = 'denied'); }")
    page.get_by_role("button", name="Notices").click()
    page.get_by_label("A notice of the browser").click()

    expect(page.locator("#browser-state")).to_contain_text("The browser blocks them")
    expect(page.get_by_label("A notice of the browser")).not_to_be_checked()
    assert kept(page)["browser"] is False


def test_a_sound_that_waits_for_a_click_says_so(page: Page) -> None:
    choose(page, "offline", "sound")
    page.reload()

    expect(page.get_by_role("button", name="sound after your first click")).to_be_visible()
    page.locator("h1").click()
    expect(page.get_by_role("button", name="Notices: on", exact=True)).to_be_visible()

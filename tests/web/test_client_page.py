"""The page of one client, as somebody at the desk uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.fleet.processes import PATIENCE, Server, wait_for
from tests.web.calls import call, report
from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page(page_of: PageOf, office: Server) -> Page:
    """NIKITA's, who can take a call."""
    office.set_dnd("NIKITA", False)
    opened = page_of("ru")
    opened.goto("/client/NIKITA")
    expect(opened.locator("#hostname")).to_have_text("NIKITA")
    return opened


def test_it_says_why_a_call_would_not_ring_as_soon_as_it_would_not(page: Page, office: Server) -> None:
    expect(page.locator("#rings")).to_have_text("Да. Насколько известно.")

    office.set_dnd("NIKITA", True)

    expect(page.locator("#rings")).to_have_text("Нет. Включён режим «Не беспокоить».")
    expect(page.locator("#state")).to_have_text("DND")
    assert page.locator("#timeline .is-dnd").count() >= 1


def test_dnd_for_a_time_is_switched_on_and_its_wish_cancelled(page: Page, office: Server) -> None:
    page.get_by_label("1 час", exact=True).check()
    page.get_by_label("Причина").fill("Обед")
    page.locator("#dnd-form button[value=on]").click()

    expect(page.locator("#dnd-form .outcome")).to_have_text("Включить DND: готово")
    expect(page.locator("#wish")).to_contain_text("Обед")
    expect(page.locator("#commands tbody tr").first).to_contain_text("Включить DND")

    page.get_by_role("button", name="Отменить распоряжение").click()

    expect(page.locator("#wished")).to_be_hidden(timeout=PATIENCE * 1000)
    expect(page.locator("#ended-wishes")).to_contain_text("отменено")
    wait_for("DND is off", lambda: office.status_of("NIKITA") == "online")


def test_a_message_and_a_telephone_command_tell_their_outcome(page: Page) -> None:
    page.locator("#message-form textarea").fill("Собрание в 15:00")
    page.locator("#message-form button").click()
    expect(page.locator("#message-form .outcome")).to_have_text("Сообщение: показано")
    expect(page.locator("#message-form .outcome")).to_have_text(re.compile("Показано, ответа пока нет|Ответ: "))

    page.get_by_label("Номер", exact=True).fill("101")
    page.get_by_role("button", name="Позвонить").click()
    expect(page.locator("#phone-form .outcome")).to_have_text("Позвонить: MicroSIP принял")
    expect(page.locator("#calls")).to_contain_text("идёт")

    page.get_by_role("button", name="Завершить").click()
    expect(page.locator("#calls")).not_to_contain_text("идёт", timeout=PATIENCE * 1000)


def test_microsip_is_closed_only_after_a_second_thought(page: Page, office: Server) -> None:
    close = page.get_by_role("button", name="Закрыть MicroSIP…")

    close.click()
    page.locator("#close-it").get_by_role("button", name="Отмена").click()
    expect(page.locator("#close-it")).to_be_hidden()
    assert office.status_of("NIKITA") == "online"

    close.click()
    page.locator("#close-it").get_by_role("button", name="Закрыть MicroSIP").click()
    expect(page.locator("#rings")).to_have_text("Нет. MicroSIP на этом ПК закрыт.")

    page.get_by_role("button", name="Запустить MicroSIP").click()
    expect(page.locator("#rings")).to_contain_text("Да.")


def test_settings_are_read_and_narrowed(page: Page) -> None:
    page.get_by_role("button", name="Прочитать с ПК").click()
    expect(page.locator("#settings code", has_text="denyIncoming")).to_be_visible()

    page.get_by_label("Фильтр настроек").fill("denyinc")

    expect(page.locator("#settings tbody tr:visible")).to_have_count(1)


def test_a_call_appears_in_the_day_while_the_page_is_open(page: Page, office: Server) -> None:
    report(office, call("+74951112233", timedelta(seconds=1), direction="missed", duration=0))

    row = page.locator("#calls tbody tr", has_text="+74951112233")

    expect(row).to_contain_text("Пропущенный")
    assert page.locator("#timeline [data-kind=missed]").count() >= 1


def test_another_day_is_chosen_and_kept_in_the_address(page: Page) -> None:
    page.get_by_role("button", name="Предыдущий день").click()
    page.wait_for_url("**/client/NIKITA?day=*")
    day = page.url[-10:]

    page.reload()

    expect(page.locator("#day")).to_have_value(day)
    expect(page.locator("#day-today")).to_be_enabled()


def test_hostile_names_are_shown_as_they_are(page_of: PageOf, office: Server) -> None:
    office.beat(HOSTILE)
    report(office, call(HOSTILE, timedelta(seconds=1), hostname=HOSTILE, name=HOSTILE, info=HOSTILE))
    page = page_of()
    page.on("dialog", lambda dialog: pytest.fail(f"a name was run: {dialog.message}"))

    page.goto("/calls")
    row = page.locator("#calls tbody tr", has_text=HOSTILE).first
    expect(row.locator(".of-client a")).to_have_text(HOSTILE)
    row.locator(".of-client a").click()

    expect(page.locator("#hostname")).to_have_text(HOSTILE)
    expect(page.locator("#calls tbody tr").first.locator(".of-note")).to_have_text(HOSTILE)
    page.goto("/statistics")
    expect(page.locator(".chart canvas").first).to_be_visible()
    page.locator("[data-chart=by-person] summary").click()
    expect(page.locator("[data-chart=by-person] td", has_text=HOSTILE)).to_be_visible()
    assert page.locator("main img").count() == 0


def test_a_client_that_was_never_heard_of_fills_its_page_when_it_comes(page_of: PageOf, office: Server) -> None:
    page = page_of()
    page.goto("/client/GALINA")
    expect(page.locator("#unknown h1")).to_have_text("Nothing has been heard of GALINA yet")

    office.beat("GALINA")

    expect(page.locator("#hostname")).to_have_text("GALINA")
    expect(page.locator("#unknown")).to_be_hidden()


def test_the_log_of_a_client_is_read_when_it_is_opened(page_of: PageOf, office: Server) -> None:
    asked: list[str] = []
    office.ask("OLGA", "display_message", text="Lunch?", buttons=["Yes"])
    page = page_of()
    page.on("request", lambda request: asked.extend([request.url] if "/api/audit" in request.url else []))
    page.goto("/client/OLGA")
    expect(page.locator("#facts dd").first).to_be_visible()
    assert asked == []

    page.get_by_text("Show the log of this client").click()

    row = page.locator("#audit tbody tr", has_text="display_message").first
    expect(row).to_contain_text("ok")
    assert "Lunch?" not in page.locator("#audit").inner_text()
    row.get_by_role("button", name="What became of it?").click()
    expect(row.locator(".became")).to_contain_text(re.compile("Shown, no answer yet|Answered|Waits for its turn"))
    expect(page.get_by_role("link", name="Audit log")).to_have_attribute("href", "/audit?hostname=OLGA")


@pytest.fixture
def three_groups(office: Server) -> Iterator[None]:
    for name in ("Day", "Night", "Support"):
        requests.put(f"{office.url}/api/groups/{name}", json={"members": ["NIKITA"]}, timeout=30).raise_for_status()
    yield
    for name in ("Day", "Night", "Support"):
        requests.delete(f"{office.url}/api/groups/{name}", timeout=30).raise_for_status()


@pytest.mark.usefixtures("three_groups")
def test_the_groups_of_all_come_by_one_request(page_of: PageOf, office: Server) -> None:
    asked: list[str] = []
    page = page_of()
    page.on("request", lambda request: asked.extend([request.url] if "/api/groups" in request.url else []))

    for path, ready in (("/groups", "#list .tile"), ("/client/NIKITA", ".tag"), ("/?group=Night", ".card")):
        asked.clear()
        page.goto(path)
        expect(page.locator(ready).first).to_be_visible()
        expect(page.get_by_text("Night").first).to_be_attached()
        assert asked == [f"{office.url}/api/groups?members=true"], path

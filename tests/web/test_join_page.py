"""A PC joins while an administrator looks on: by a line to type there, or because somebody says yes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, Request, expect

from microsip_manager.server.identity.digests import new_secret
from microsip_manager.wire.enrolment import AGENT_KEY_PREFIX
from tests.fleet.processes import PATIENCE, ROOT, Server, free_port
from tests.web.accounts import PASSWORD, set_up, sign_in
from tests.web.axe import violations
from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server.lasting(tmp_path_factory.mktemp("joined"), HEARTBEAT_INTERVAL="1", ALLOW_PLAINTEXT="1") as server:
        set_up(server)
        yield server


@pytest.fixture
def admin(page_of: PageOf) -> Page:
    page = page_of()
    sign_in(page, "/join")
    expect(page.locator("[name=servers]")).not_to_have_value("")
    return page


class Pc:
    """An agent as far as the server hears of it."""

    def __init__(self, server: Server, hostname: str) -> None:
        self.server, self.hostname, self.key = server, hostname, new_secret(AGENT_KEY_PREFIX)

    def ask(self) -> str:
        return str(self._post("/api/agents/ask", key=self.key, hostname=self.hostname)["code"])

    def enrol(self, join_token: str) -> None:
        self._post("/api/agents/enrol", key=self.key, hostname=self.hostname, join_token=join_token)

    def beat(self, instance: str = "") -> None:
        self._post("/api/heartbeat", hostname=self.hostname, extension="485", status=0, instance=instance)

    def _post(self, path: str, **body: Any) -> Any:
        header = {"Authorization": f"Bearer {self.key}"} if path == "/api/heartbeat" else {}
        answer = requests.post(f"{self.server.url}{path}", json=body, headers=header, timeout=30)
        answer.raise_for_status()
        return answer.json()


def make_line(page: Page, office: Server, uses: int = 1) -> str:
    """Make a token for this server's own address; the line for Linux."""
    page.get_by_label("PCs", exact=True).fill(str(uses))
    page.get_by_label("Addresses of the servers").fill(office.url)
    page.get_by_role("button", name="Make the line for the PC").click()
    page.get_by_role("radio", name="Linux, simulated").check()
    return page.locator("#command").inner_text()


def token_in(line: str) -> str:
    found = re.search(r"mmj_[\w-]+", line)
    assert found, line
    return found[0]


@contextmanager
def typed(line: str, folder: Path, hostname: str) -> Iterator[None]:
    """The line runs in the folder of the product until the test ends it."""
    bash = shutil.which("bash")
    assert bash is not None
    own = {"AGENT_HOSTNAME": hostname, "AGENT_PORT": str(free_port()), "SPOOL_DIR": str(folder / "spool")}
    env = {
        **os.environ,
        **own,
        "HEARTBEAT_INTERVAL": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    env["API_SERVERS"] = "http://127.0.0.1:9"
    with (folder / "typed.log").open("w") as log:
        shell = subprocess.Popen([bash, "-c", line], cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            yield
        finally:
            os.killpg(shell.pid, signal.SIGINT)
            shell.wait(PATIENCE)


def test_the_line_that_is_shown_lets_the_pc_in_and_the_page_says_so(
    admin: Page, office: Server, tmp_path: Path
) -> None:
    line = make_line(admin, office)
    expect(admin.locator("#waiting-for")).to_have_text("Waiting for it…")
    assert violations(admin) == []

    with typed(line, tmp_path, "PAVEL"):
        expect(admin.locator("#waiting-for")).to_have_text("It has come in.", timeout=20_000)
        expect(admin.locator("#came li")).to_have_text("PAVEL is here, extension 100", timeout=20_000)

    admin.get_by_role("link", name="PAVEL").click()
    expect(admin).to_have_url(f"{office.url}/client/PAVEL")


def test_the_lines_for_windows_start_the_batch_file(admin: Page, office: Server) -> None:
    token = token_in(make_line(admin, office))

    admin.get_by_role("radio", name="Command prompt").check()
    cmd = admin.locator("#command").inner_text()
    admin.get_by_role("radio", name="PowerShell").check()
    powershell = admin.locator("#command").inner_text()

    start = "client\\start_stable_client.bat"
    assert (ROOT / "client" / "start_stable_client.bat").exists()
    assert cmd == f"echo {token}| {start} --join && {start}"
    assert powershell == f"'{token}' | {start} --join; if ($?) {{ {start} }}"


def test_the_token_is_nowhere_but_in_the_line(admin: Page, office: Server) -> None:
    asked: list[str] = []
    admin.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))
    token = token_in(make_line(admin, office))
    admin.get_by_role("button", name="Copy").click()
    expect(admin.get_by_role("button", name="Copied")).to_be_visible()

    kept = admin.evaluate("JSON.stringify([location.href, document.title, history.state, {...localStorage}])")
    assert token not in kept
    assert not any(token in one for one in asked)
    assert token not in office.running.said()
    admin.get_by_role("button", name="Make another one").click()
    assert token not in admin.content()


def test_a_roll_out_is_counted(admin: Page, office: Server) -> None:
    token = token_in(make_line(admin, office, uses=3))
    expect(admin.locator("#waiting-for")).to_have_text("Waiting for 3 PCs…")

    for name in ("ANNA", "BORIS"):
        Pc(office, name).enrol(token)

    expect(admin.locator("#waiting-for")).to_have_text("2 here, waiting for 1 more…")
    expect(admin.locator("#came li")).to_have_text([re.compile("^ANNA is let in"), re.compile("^BORIS is let in")])
    row = admin.locator("#tokens tbody tr").first
    expect(row).to_contain_text("1 of 3 left")
    row.get_by_role("button").click()
    row.get_by_role("button").click()
    expect(admin.locator("#toasts")).to_contain_text("Revoked")
    refused = requests.post(
        f"{office.url}/api/agents/enrol",
        json={"key": new_secret(AGENT_KEY_PREFIX), "hostname": "VERA", "join_token": token},
        timeout=30,
    )
    assert refused.status_code == 403


def test_who_waits_is_told_on_every_page_and_let_in_by_its_code(page_of: PageOf, office: Server) -> None:
    page = page_of()
    sign_in(page, "/people")
    expect(page.locator("#waiting")).to_be_hidden()
    pc = Pc(office, "OLGA")

    code = pc.ask()

    expect(page.get_by_role("link", name="1 PC waits to be let in")).to_be_visible()
    page.locator("#waiting").click()
    row = page.locator("#pending tbody tr", has_text="OLGA")
    expect(row).to_contain_text(code)
    assert violations(page) == []
    row.get_by_role("button", name="Approve").click()
    expect(page.locator("#decide-code")).to_have_text(code)
    assert violations(page) == []
    page.locator("#decide-yes").click()

    expect(page.locator("#no-pending")).to_have_text("Nobody waits.")
    expect(page.locator("#waiting")).to_be_hidden()
    expect(page.locator("#approved li")).to_contain_text("OLGA is let in")
    pc.beat()
    expect(page.locator("#approved li")).to_have_text("OLGA is here, extension 485")


def test_who_is_refused_waits_no_longer(admin: Page, office: Server) -> None:
    pc = Pc(office, "MALLORY")
    code = pc.ask()
    admin.locator("#pending tr", has_text=code).get_by_role("button", name="Refuse").click()

    admin.get_by_role("button", name="Cancel").click()
    expect(admin.locator("#pending tr", has_text=code)).to_be_visible()
    admin.locator("#pending tr", has_text=code).get_by_role("button", name="Refuse").click()
    admin.locator("#decide-yes").click()

    expect(admin.locator("#pending tr", has_text=code)).to_have_count(0)
    expect(admin.locator("#toasts")).to_contain_text("Refused: MALLORY")


def test_a_hostile_name_is_text(admin: Page, office: Server) -> None:
    Pc(office, "<img src=x onerror=alert(1)>").ask()

    row = admin.locator("#pending tbody tr", has_text="<img src=x onerror=alert(1)>")
    expect(row).to_be_visible()
    row.get_by_role("button", name="Refuse").click()
    expect(admin.locator("#decide-title")).to_contain_text("<img src=x")
    admin.locator("#decide-yes").click()
    expect(row).to_have_count(0)


def test_a_key_of_two_machines_is_shown_and_revoked(admin: Page, office: Server) -> None:
    pc = Pc(office, "KLON")
    pc.enrol(token_in(make_line(admin, office)))
    for instance in ("a" * 8, "b" * 8, "a" * 8, "b" * 8):
        pc.beat(instance)

    admin.goto("/agents")
    expect(admin.locator("#clones")).to_contain_text("Two machines use one key: KLON")
    row = admin.locator("#agents tbody tr").first
    expect(row).to_contain_text("Two machines")
    assert violations(admin) == []
    admin.get_by_placeholder("Filter by name").fill("klon")
    expect(admin.locator("#agents tbody tr")).to_have_count(1)
    row.get_by_role("button").click()
    row.get_by_role("button").click()

    expect(admin.locator("#shown")).to_have_text("0 agents")
    with pytest.raises(requests.HTTPError):
        pc.beat()


def test_others_neither_see_it_nor_hear_of_it(admin: Page, page_of: PageOf, office: Server) -> None:
    csrf = admin.locator("body").get_attribute("data-csrf") or ""
    for name, role in (("vera", "viewer"), ("oleg", "operator")):
        wish = json.dumps({"name": name, "role": role, "password": PASSWORD})
        header = {"x-csrf-token": csrf, "content-type": "application/json", "origin": office.url}
        assert admin.request.post("/api/users", data=wish, headers=header).status == 201
        page = page_of()
        streams: list[str] = []

        def heard(request: Request, streams: list[str] = streams) -> None:
            streams.extend([request.url] if "/api/events" in request.url else [])

        page.on("request", heard)
        sign_in(page, "/", name)
        expect(page.locator("#connection")).to_have_attribute("data-state", "live")

        expect(page.locator("#waiting")).to_have_count(0)
        assert page.request.get("/join").status == 403
        assert page.request.get("/agents").status == 403
        assert page.request.get("/api/agents/pending").status == 403
        assert streams == [f"{office.url}/api/events?kind=client"]


def test_a_hidden_page_keeps_no_stream_for_the_count_alone(admin: Page, office: Server) -> None:
    with admin.expect_response(lambda answer: "/api/events" in answer.url):
        admin.goto("/people")

    with admin.expect_event("requestfailed", lambda request: "/api/events" in request.url):
        admin.evaluate(
            """() => {
                Object.defineProperty(document, "hidden", { value: true, configurable: true });
                document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
    with admin.expect_request(lambda request: "/api/events" in request.url):
        admin.evaluate(
            """() => {
                Object.defineProperty(document, "hidden", { value: false });
                document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )

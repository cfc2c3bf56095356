"""Texts made to run in a browser, a server that has kept one wherever it keeps texts, and who notices when one runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

from tests.fleet.processes import Server
from tests.web.calls import call, report

MARK = "onerror=pwned()"
"""In each of the texts below, to be seen on the screen."""

NAME = f"'\"><img src=x {MARK}><b data-foreign>"
"""What may be the name of a PC, a group, a schedule, a person or a token."""

TEXT = f"{NAME}</script><script>pwned()</script><iframe src=//evil.example></iframe><a href=javascript:pwned()>"
SHORT = f"<img src=x {MARK}>"
"""What an extension, a caller's number and the words of a registration have room for."""

FOREIGN = ", ".join(
    (
        "[data-foreign]",
        "[onerror]",
        "[onload]",
        "iframe",
        "object",
        "embed",
        "base",
        "[href^='javascript:' i]",
        "script:not([src]):not([type='application/json'])",
    )
)
"""Elements of which the panel has none."""


class HostileAgent(BaseHTTPRequestHandler):
    """An agent in somebody else's hands: it answers what an agent may, with hostile texts wherever there is one."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(self._answer()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self) -> dict[str, Any]:
        if self.path == "/api/get_setting":
            value = {"present": True, "value": TEXT, "default": NAME, "meaning": TEXT, "detail": TEXT}
            return {"hostname": NAME, "ini": TEXT, "section": "Settings", "settings": {SHORT: value}}
        if self.path == "/api/display_message":
            return {"hostname": NAME, "id": "0" * 32, "outcome": "not_shown", "detail": TEXT}
        return {"hostname": NAME, "outcome": "hung", "dnd": None, "detail": TEXT}


@contextmanager
def hostile_agent() -> Iterator[int]:
    """One that listens, and its port."""
    agent = ThreadingHTTPServer(("127.0.0.1", 0), HostileAgent)
    thread = Thread(target=agent.serve_forever)
    thread.start()
    try:
        yield agent.server_port
    finally:
        agent.shutdown()
        thread.join()
        agent.server_close()


def store_everywhere(server: Server, port: int) -> None:
    """Hostile texts in all that a server without accounts keeps; the agent of the PC listens at this port."""
    phone = {
        "registration": "failed",
        "registration_text": SHORT,
        "call": {"state": "in_call", "direction": "incoming", "number": SHORT},
        "microsip_version": SHORT[:20],
        "detail": SHORT,
    }
    beat = {"hostname": NAME, "extension": SHORT, "status": 0, "agent_version": SHORT, "port": port, "phone": phone}
    _ask(server, "POST", "/api/heartbeat", beat)
    _ask(server, "POST", "/api/heartbeat", {**beat, "hostname": f"{NAME} 2", "status": 1, "phone": None})
    report(
        server,
        *(
            call(TEXT, timedelta(minutes=key), key=key, hostname=NAME, extension=SHORT, name=TEXT, info=TEXT)
            for key in range(1, 4)
        ),
    )
    client, group = quote(NAME, safe=""), quote(NAME, safe="")
    _ask(server, "PUT", f"/api/groups/{group}", {"members": [NAME, f"{NAME} 2", f"{NAME} 3"]})
    _ask(server, "PATCH", f"/api/clients/{client}/labels", {"labels": {"<b data-foreign>": TEXT}})
    lunch = {"group": NAME, "days": ["mon"], "start": "13:00", "end": "14:00", "reason": TEXT[:200]}
    _ask(server, "PUT", f"/api/schedules/{group}", lunch)
    requests.post(
        f"{server.url}/api/clients/{client}/set_dnd",
        params={"enabled": "true", "for": "8h", "reason": TEXT[:200], "queue_for": "8h"},
        timeout=30,
    )
    message = {"title": NAME[:100], "text": TEXT, "buttons": [NAME[:30]]}
    requests.post(f"{server.url}/api/clients/{client}/display_message", json=message, timeout=30)


def _ask(server: Server, method: str, path: str, body: object) -> None:
    answer = requests.request(method, f"{server.url}{path}", json=body, timeout=30)
    assert answer.ok, answer.text


@dataclass
class Watch:
    """What a page did that no page of ours does."""

    home: str
    seen: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.expose_function("pwned", lambda: self.seen.append("a script ran"))
        page.on("dialog", self._asked)
        page.on("request", lambda request: self._requested(request.url))
        page.on("pageerror", lambda error: self.seen.append(f"error {error}"))
        page.on("console", self._said)
        page.on("popup", lambda popup: self.seen.append(f"popup {popup.url}"))

    def look(self, page: Page) -> list[str]:
        """All until now, and what stands in the page."""
        page.wait_for_timeout(50)  # what an element does on an error of its own comes after it
        found = page.locator(FOREIGN).evaluate_all("all => all.map(one => one.outerHTML)")
        return [*self.seen, *(f"element {one}" for one in found)]

    def _asked(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        if "Policy" in message.text:
            self.seen.append(message.text)

    def _requested(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "data" and f"{parts.scheme}://{parts.netloc}" != self.home:
            self.seen.append(f"request to {url}")


@contextmanager
def watched_page(browser: Browser, server: Server, *, policy: bool) -> Iterator[tuple[Page, Watch]]:
    """A page, and who watches it. Without the policy a text that becomes an element really runs."""
    with ExitStack() as ends:
        context = browser.new_context(
            base_url=server.url,
            bypass_csp=not policy,
            locale="en-US",
            reduced_motion="reduce",
            viewport={"width": 1440, "height": 900},
        )
        ends.callback(context.close)
        page, watch = context.new_page(), Watch(server.url)
        watch.over(page)
        yield page, watch

"""No path leads out of where it belongs: not of the files of the panel, and none of those made of names."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from microsip_manager.agent.key_file import KeyFile
from microsip_manager.agent.spool import spool_path
from microsip_manager.server.app import create_app
from microsip_manager.server.services import Services
from microsip_manager.web.panel import Panel, Visitor

UP = (
    "../../panel.py",
    "..\\..\\panel.py",
    "%2e%2e/%2e%2e/panel.py",
    "....//....//panel.py",
    "..;/..;/panel.py",
    "/etc/passwd",
    "//etc/passwd",
    "C:\\Windows\\win.ini",
    "\\\\evil.example\\share\\x",
    "js/../../panel.py",
    "js/page.js/../../../panel.py",
    "page.js\x00.css",
    ".",
    "..",
    "~root/.ssh/id_rsa",
    "file:///etc/passwd",
)
BELOW = ("/static/{}", "/static/000000000000/{}", "/static/000000000000/vendor/{}", "/static-offline-docs/{}")
NAMES = ("..", "../..", "..\\..", "/etc/passwd", "C:\\x", "a/../../b", "\x00", "nul", ".ssh", "a" * 300, "Ж" * 300)


@pytest.mark.parametrize("path", BELOW)
def test_no_path_below_the_static_files_leads_out_of_them(services: Services, path: str) -> None:
    app = create_app(services, open_network=False, pages=Panel("1", lambda _: Visitor()).routes())

    async def status_of(path: str) -> tuple[int, bytes]:
        """As it is asked by somebody whose client makes no path plain."""
        heard: list[Message] = []
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1:8083")],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8083),
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            heard.append(message)

        await app(scope, receive, send)
        return heard[0]["status"], b"".join(message.get("body", b"") for message in heard[1:])

    for up in UP:
        status, body = asyncio.run(status_of(path.format(up)))

        assert status in (404, 405), (up, status)
        assert b"root:" not in body
        assert b"class Panel" not in body


@pytest.mark.parametrize("path", ["/api/clients/{}", "/api/clients/{}/history", "/api/groups/{}", "/api/users/{}"])
def test_a_name_in_an_address_is_a_name_and_no_path(api: TestClient, path: str) -> None:
    for up in set(UP) - {".", ".."}:  # with these the client itself asks for another address
        answer = api.get(path.format(quote(up, safe="")))

        assert answer.status_code in (404, 405, 422), (up, answer.status_code)
        assert "root:" not in answer.text


@pytest.mark.parametrize("name", NAMES)
def test_the_files_of_an_agent_lie_in_its_folder_whatever_its_name(tmp_path: Path, name: str) -> None:
    for file in (spool_path(tmp_path, name), KeyFile(tmp_path, name, None).path):  # type: ignore[arg-type] # unused
        assert file.resolve().parent == tmp_path.resolve()
        assert len(file.name.encode()) <= 255
        assert file.name.isprintable()
        assert not set(file.name) & set('<>:"/\\|?*')

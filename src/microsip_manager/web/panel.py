"""The pages of the panel. They come without data, which their modules fetch from the API with the visitor's rights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from microsip_manager.web.assets import Assets, build_of
from microsip_manager.web.words_of import LANGUAGES, NAMES, best_language, words_of

TEMPLATES = Path(__file__).parent / "templates"
THEMES = ("auto", "light", "dark")

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
}


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page."""

    name: str = ""
    """Empty for anybody, on a server without accounts."""
    role: str = ""
    csrf: str = ""
    """What requests that change something have to show besides the cookie."""
    is_open: bool = False
    """The server has no accounts yet."""


PAGES: dict[str, str] = {
    "/": "board",
    "/client/{hostname}": "client",
    "/calls": "calls",
    "/statistics": "statistics",
    "/groups": "groups",
    "/schedules": "schedules",
    "/join": "join",
    "/agents": "agents",
    "/people": "people",
    "/tokens": "tokens",
    "/audit": "audit",
    "/server": "server",
    "/account": "account",
}
"""Path to template; the first word of a template names what it shows."""

ADMINISTRATION = tuple((path, PAGES[path]) for path in ("/join", "/agents", "/people", "/tokens", "/audit", "/server"))
"""The pages of administrators, who find them beside one another."""

OWN = "/account"
"""Where everybody's own name leads."""

_ELSEWHERE = {OWN, *(path for path, _ in ADMINISTRATION)}
NAVIGATION = tuple((path, name) for path, name in PAGES.items() if "{" not in path and path not in _ELSEWHERE)
"""The pages to go to from everywhere, in this order."""

ADMIN = "admin"

SIGN_IN = "/sign-in"
DOORS = {SIGN_IN: "sign_in", "/setup": "setup", "/wall": "wall"}
"""Pages for whoever has not come in: they are given out to everybody."""


class Panel:
    """Renders the pages."""

    def __init__(self, version: str, visitor_of: Callable[[Request], Visitor]) -> None:
        self._version = version
        self._visitor_of = visitor_of
        self._build = build_of()
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def routes(self) -> Sequence[BaseRoute]:
        pages = [Route(path, self._page(name), methods=["GET"], name=name) for path, name in {**PAGES, **DOORS}.items()]
        return [*pages, Mount("/static", Assets(self._build), name="static")]

    def _page(self, name: str) -> Callable[[Request], Response]:
        template = self._templates.get_template(f"{name}.html")

        def show(request: Request) -> Response:
            return HTMLResponse(template.render(self._context(request, name)), headers=HEADERS)

        return show

    def _context(self, request: Request, name: str) -> dict[str, Any]:
        language = best_language(request.cookies.get("language", ""), request.headers.get("accept-language", ""))
        theme = request.cookies.get("theme", "")
        visitor = self._visitor_of(request)
        words = words_of(language)
        return {
            "page": name,
            "navigation": NAVIGATION,
            "administration": ADMINISTRATION if visitor.role == ADMIN else (),
            "static": f"/static/{self._build}",
            "version": self._version,
            "language": language,
            "languages": [(code, NAMES[code]) for code in LANGUAGES],
            "theme": theme if theme in THEMES else "auto",
            "themes": THEMES,
            "visitor": visitor,
            "words": words,
            "t": words.__getitem__,
        }

"""Imports point one way: launcher -> main -> edges -> use cases -> decisions and boundaries -> wire."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src"
PACKAGE = SRC / "microsip_manager"

MAY_IMPORT = {
    "wire": {"wire"},
    "clock": set(),
    "settings": {"settings", "wire"},
    "logs": set(),
    "open_files": set(),
    "tls": {"tls"},
    "server": {"server", "wire", "clock", "settings", "logs", "open_files", "tls", "web"},
    "agent": {"agent", "wire", "clock", "settings", "logs", "tls"},
    "simulate": {"simulate", "agent", "wire", "clock", "open_files", "tls"},
    # The command line only starts a simulation.
    "cli": {"cli", "wire", "clock", "settings", "logs", "simulate", "tls"},
    "web": {"web"},
    "demo": {"agent", "server", "wire", "clock", "settings"},
}
"""Which parts of the package a part may import. `microsip_manager` itself holds only the version."""

ONLY_IN = {
    "fastapi": ("server/app.py", "server/error_responses.py", "server/openapi.py", "server/routes/"),
    "fastapi_offline": ("server/app.py",),
    "uvicorn": ("server/main.py", "server/connection.py", "server/link_protocol.py"),
    "cryptography": ("tls/authority.py", "tls/certificates.py"),
    "sqlalchemy": (
        "server/tables.py",
        "server/sql_store.py",
        "server/sql_audit_store.py",
        "server/sql_privacy_store.py",
        "server/sql_call_store.py",
        "server/sql_commands.py",
        "server/sql_access.py",
        "server/sql_group_store.py",
        "server/sql_schedule_store.py",
        "server/sql_wish_store.py",
        "server/sql_token_store.py",
        "server/sql_people.py",
        "server/sql_agent_store.py",
        "server/sql_join_token_store.py",
        "server/sql_history.py",
        "server/sql_retention.py",
        "server/sql_transitions.py",
        "server/sql_webhook_store.py",
        "server/migrations/",
    ),
    "sqlite3": ("agent/spool.py", "agent/call_reporter.py", "server/sql_store.py", "cli/migration/"),
    "dateutil": ("server/schedule.py",),
    "alembic": ("server/sql_store.py", "server/migrations/"),
    "httpx2": ("server/http_agent_link.py", "server/http_receivers.py", "cli/"),
    "flask": ("agent/http_",),
    "websockets": ("agent/link_socket.py", "simulate/link_socket.py", "server/link_protocol.py"),
    "waitress": ("agent/listener.py",),
    "argon2": ("server/identity/passwords.py",),
    "pyotp": ("server/identity/totp.py",),
    "typer": ("cli/",),
    "rich": ("cli/",),
    "keyring": ("cli/token_places.py",),
    "win32gui": ("agent/windows/",),
    "win32api": ("agent/windows/",),
    "win32con": ("agent/windows/",),
    "win32process": ("agent/windows/",),
    "win32ui": ("agent/windows/",),
    "win32event": ("agent/windows/",),
    "win32security": ("agent/windows/",),
    "win32crypt": ("agent/windows/",),
    "pywintypes": ("agent/windows/",),
    "ctypes": ("agent/windows/",),
    "winreg": ("agent/windows/",),
}
"""Where a library that is somebody's outside world may be named."""

FORBIDDEN = {
    # The decisions know no outside world at all.
    "server/audit/audit_query.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/audit/chain.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/audit/folding.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/privacy/sight.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/privacy/same_number.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/identity/rights.py": {"asyncio", "threading", "socket", "time", "logging"},
    "server/identity/totp.py": {"asyncio", "threading", "socket", "time", "logging"},
    "server/identity/cookies.py": {"asyncio", "threading", "socket", "time", "logging"},
    "server/identity/agent_names.py": {"asyncio", "threading", "socket", "time", "logging"},
    "server/presence.py": {"asyncio", "threading", "socket", "time", "logging"},
    "server/audience.py": {"asyncio", "threading", "socket", "time", "logging"},
    "server/schedule.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/wish.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/statistics.py": {"asyncio", "threading", "socket", "time", "logging"},
    "server/deadlines.py": {"asyncio", "threading", "socket", "time", "logging"},
    "server/period.py": {"asyncio", "threading", "socket", "time", "logging"},
    "agent/dnd.py": {"socket", "time", "ctypes"},
    "agent/telephone.py": {"threading", "socket", "time", "logging", "ctypes"},
    "agent/calls_section.py": {"pathlib.Path", "threading", "socket", "time", "logging"},
    "server/call_query.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/change_place.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/event_query.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/phonebook_entries.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/webhook_address.py": {"asyncio", "threading", "socket", "time", "logging"},
    "server/webhook_schedule.py": {"asyncio", "threading", "socket", "time", "logging", "random"},
    "server/webhook_signature.py": {"asyncio", "threading", "socket", "time", "logging"},
    "server/call_news.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "server/call_csv.py": {"asyncio", "threading", "socket", "time", "logging", "sqlalchemy"},
    "wire/signature.py": {"threading", "socket", "time", "logging", "secrets"},
    "server/agent_address.py": {"asyncio", "threading", "socket", "time", "logging"},
    "agent/seen_nonces.py": {"threading", "socket", "time", "logging"},
    "agent/watch.py": {"threading", "socket", "time", "logging"},
    "agent/server_choice.py": {"threading", "socket", "time", "logging", "random"},
    "agent/setting_shapes.py": {"threading", "socket", "time", "logging"},
    "agent/known_settings.py": {"threading", "socket", "time", "logging"},
    "agent/setting_answers.py": {"threading", "socket", "time", "logging"},
    "agent/message_layout.py": {"threading", "socket", "time", "logging", "ctypes"},
    "agent/microsip_ini.py": {"pathlib.Path.open", "threading", "socket", "time"},
}

MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def part(name: str) -> str:
    return name.split(".")[1] if name.startswith("microsip_manager.") else ""


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_no_arrow_points_back(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        assert imports(path) == set()
        return

    reached = {part(name) for name in imports(path)} - {"", "__version__"}

    assert reached <= MAY_IMPORT[own]


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_libraries_of_the_outside_world_stay_behind_their_boundary(path: Path) -> None:
    for name in imports(path):
        allowed = ONLY_IN.get(name.partition(".")[0])
        assert allowed is None or place(path).startswith(allowed), f"{place(path)} imports {name}"


@pytest.mark.parametrize("path", [path for path in MODULES if place(path) in FORBIDDEN], ids=place)
def test_decisions_touch_nothing_outside(path: Path) -> None:
    assert not imports(path) & FORBIDDEN[place(path)]


def test_only_main_picks_real_stores_links_and_clocks() -> None:
    real = {
        "SqlStore",
        "SqlCallStore",
        "SqlHistory",
        "SqlTransitions",
        "SqlWebhookStore",
        "HttpReceivers",
        "SqlGroupStore",
        "SqlScheduleStore",
        "HttpAgentLink",
        "SystemClock",
    }
    real = {"SqlStore", "SqlCallStore", "SqlWishStore", "SqlHistory", "HttpAgentLink", "SystemClock"}
    naming = {place(path) for path in MODULES for name in imports(path) if name.rpartition(".")[2] in real}

    assert naming <= {
        "server/main.py",
        "agent/main.py",
        "agent/running.py",
        "cli/main.py",
        "demo.py",
        "simulate/answers.py",
    }


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_no_phone_number_goes_into_a_log_unmasked(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    logged = [call for call in calls if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "log"]

    for call in logged:
        for argument in call.args:
            masked = isinstance(argument, ast.Call) and ast.unparse(argument.func) == "masked"
            assert masked or not re.search(r"\bnumber\b", _names_in(argument)), ast.unparse(call)


def _names_in(argument: ast.expr) -> str:
    """The names used in an expression, without the texts in it."""
    nodes = ast.walk(argument)
    return " ".join(
        node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        for node in nodes
    )


@pytest.mark.parametrize("launcher", ["server/api_server.py", "client/api_client_stable.py"])
def test_launchers_only_start_things(launcher: str) -> None:
    lines = (ROOT / launcher).read_text(encoding="utf-8").splitlines()

    assert len(lines) < 20


def test_there_are_no_import_circles() -> None:
    arrows = {
        ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__"): imports(path)
        for path in MODULES
    }
    known = set(arrows)
    graph = {
        module: {name if name in known else name.rpartition(".")[0] for name in names} & known - {module}
        for module, names in arrows.items()
    }
    while leaves := {module for module, reached in graph.items() if not reached & graph.keys()}:
        graph = {module: reached for module, reached in graph.items() if module not in leaves}

    assert graph == {}

"""Every endpoint has its row, and the row that is found is the one the application would take."""

from __future__ import annotations

import re

from microsip_manager.server.app import create_api
from microsip_manager.server.identity.caller import OPEN
from microsip_manager.server.identity.rights import RIGHTS, Endpoints, Right, has
from microsip_manager.server.services import Services
from microsip_manager.web.panel import DOORS, PAGES

BEFORE_THE_API = {("POST", "/api/heartbeat"), ("WEBSOCKET", "/api/agent")}
OF_THE_PANEL = {("GET", path) for path in {**PAGES, **DOORS}}
OF_THE_DOCS = {path for _, path in RIGHTS if path.startswith(("/docs", "/openapi", "/static-offline-docs"))}


def test_every_endpoint_has_a_row_and_every_row_an_endpoint(services: Services) -> None:
    paths = create_api(services).openapi()["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}

    assert served | BEFORE_THE_API | OF_THE_PANEL == {row for row in RIGHTS if row[1] not in OF_THE_DOCS}


def test_each_row_is_found_by_a_path_of_its_own() -> None:
    endpoints = Endpoints()

    for method, path in RIGHTS:
        found = endpoints.find(method, re.sub(r"\{\w+\}", "Иванов-ПК", path))

        assert found is not None
        assert (found.method, found.path) == (method, path)
        assert found.hostname == ("Иванов-ПК" if "{hostname}" in path else None)


def test_a_path_of_the_table_goes_before_a_parameter() -> None:
    endpoints = Endpoints()

    found = endpoints.find("POST", "/api/clients/set_dnd")
    client = endpoints.find("GET", "/api/clients/set_dnd")

    assert found is not None
    assert found.hostname is None
    assert client is not None
    assert client.hostname == "set_dnd"


def test_on_a_server_without_accounts_everybody_has_every_right() -> None:
    assert all(has(OPEN, right) for right in Right), "the guard does not even ask"


def test_what_is_not_in_the_table_is_not_found() -> None:
    endpoints = Endpoints()

    assert endpoints.find("GET", "/api/clients/") is None
    assert endpoints.find("GET", "/api/clients//status") is None
    assert endpoints.find("PUT", "/api/clients/NIKITA/set_dnd") is None

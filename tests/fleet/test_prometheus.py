"""examples/prometheus.yml against a real server over TLS, asked as Prometheus would ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
import yaml  # type: ignore[import-untyped]
from prometheus_client.parser import text_string_to_metric_families

from microsip_manager.settings import SERVER_PORT
from tests.fleet.processes import ROOT, Server
from tests.tls.house import house


def test_the_example_reads_every_figure_with_a_token_of_its_own(tmp_path: Path) -> None:
    made = house(tmp_path)
    server = Server.start(tmp_path)
    [job] = yaml.safe_load((ROOT / "examples" / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    created = requests.post(f"{server.url}/api/tokens", json={"name": "prometheus", "role": "metrics"}, timeout=30)

    text = scraped(job, server, created.json()["token"], made.authority_file)

    names = {family.name for family in text_string_to_metric_families(text)}
    assert {"microsip_build_info", "microsip_clients", "process_resident_memory_bytes", "process_open_fds"} <= names
    assert server.running.stop() == 0
    assert "Traceback" not in server.running.said()


def scraped(job: dict[str, Any], server: Server, token: str, authority: Path) -> str:
    """What the job reads; its target, and what is in its files, are those of the test."""
    [target] = job["static_configs"][0]["targets"]
    assert target.endswith(f":{SERVER_PORT.default}")
    assert set(job["authorization"]) == {"type", "credentials_file"}
    assert set(job["tls_config"]) == {"ca_file"}
    answer = requests.get(
        f"{job['scheme']}://127.0.0.1:{server.port}{job['metrics_path']}",
        headers={"Authorization": f"{job['authorization']['type']} {token}"},
        verify=str(authority),
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return answer.text

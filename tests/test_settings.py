"""Settings are declared once and explain themselves."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

import api_config
from microsip_manager import settings
from microsip_manager.settings import AgentSettings, BadSetting, CliSettings, ServerSettings, load


def site(**values: object) -> ModuleType:
    module = ModuleType("api_config")
    vars(module).update(values)
    return module


def test_the_defaults_are_those_of_the_first_description() -> None:
    server = load(ServerSettings, site(), {})
    agent = load(AgentSettings, site(), {})

    assert (server.server_port, agent.agent_port, agent.heartbeat_interval, agent.api_timeout) == (8083, 8084, 7, 10)
    assert server.open_network is False


def test_the_environment_wins_over_the_file() -> None:
    assert load(AgentSettings, site(HEARTBEAT_INTERVAL=9), {"HEARTBEAT_INTERVAL": "3.5"}).heartbeat_interval == 3.5
    assert load(AgentSettings, site(HEARTBEAT_INTERVAL=9), {}).heartbeat_interval == 9


def test_the_list_of_the_first_description_is_understood() -> None:
    servers = ["http://172.16.99.12:8083", "http://172.16.99.31:8083/"]

    assert load(AgentSettings, site(API_SERVERS=servers), {}).api_servers == tuple(url.rstrip("/") for url in servers)


def test_numbered_servers_replace_the_list_in_their_order() -> None:
    environ = {"API_SERVER_10": "http://c:8083", "API_SERVER_2": "http://b:8083", "API_SERVER_1": "http://a:8083"}

    assert load(AgentSettings, api_config, environ).api_servers == ("http://a:8083", "http://b:8083", "http://c:8083")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "HEARTBEAT_INTERVAL",
            "soon",
            "'soon'; expected a positive number of seconds, such as 7",
        ),
        ("HEARTBEAT_INTERVAL", "nan", "expected a positive number"),
        ("HEARTBEAT_INTERVAL", "-1", "expected a positive number"),
        ("AGENT_PORT", "99999", "AGENT_PORT is '99999'; expected a TCP port"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud'; expected DEBUG, INFO, WARNING or ERROR"),
        ("API_SERVERS", "ftp://x", "API_SERVERS is 'ftp://x'; expected http"),
        ("API_SERVERS", "http://user:password@x", "expected http"),
        ("API_SERVER_1", "http://x:port", "API_SERVER_1"),
        ("API_SERVERS", "", "API_SERVERS is ''"),
        ("SPOOL_DIR", "spool", "SPOOL_DIR is 'spool'; expected a folder with its whole path"),
        ("AGENT_HOSTNAME", "A/B", "AGENT_HOSTNAME is 'A/B'; expected a host name"),
    ],
)
def test_a_bad_value_explains_itself(name: str, value: str, said: str) -> None:
    with pytest.raises(BadSetting) as caught:
        load(AgentSettings, site(), {name: value})

    assert said in str(caught.value)


@pytest.mark.parametrize("value", ["0", "-1", "a year", "36501"])
def test_the_days_that_calls_are_kept_are_days(value: str) -> None:
    with pytest.raises(BadSetting, match=f"CALLS_KEEP_DAYS is {value!r}; expected a number of days"):
        load(ServerSettings, site(), {"CALLS_KEEP_DAYS": value})


@pytest.mark.parametrize("value", ["short", "with a blank and long", "with/a/slash/and/long", "ключ-ключ-ключ-ключ"])
def test_a_bad_key_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(BadSetting, match="DIRECTORY_KEY is not usable; expected 16 to 100 letters") as caught:
        load(ServerSettings, site(DIRECTORY_KEY=value), {})

    assert value not in str(caught.value)


def test_networks_may_be_a_list_or_a_text() -> None:
    named = [load(ServerSettings, site(WEBHOOK_NETWORKS=v), {}) for v in ("10.0.0.0/8, ::1", ["10.0.0.0/8", "::1"])]

    assert [str(network) for network in named[0].webhook_networks] == ["10.0.0.0/8", "::1/128"]
    assert named[0] == named[1]
    with pytest.raises(BadSetting, match=r"WEBHOOK_NETWORKS is '10\.0\.0\.1/8'; expected addresses or networks"):
        load(ServerSettings, site(WEBHOOK_NETWORKS="10.0.0.1/8"), {})


def test_a_bad_value_in_the_file_explains_itself_too() -> None:
    with pytest.raises(BadSetting, match="API_SERVERS is 8083; expected"):
        load(AgentSettings, site(API_SERVERS=8083), {})


@pytest.mark.parametrize("kind", [ServerSettings, AgentSettings])
def test_help_names_every_setting_with_its_meaning(kind: type[ServerSettings] | type[AgentSettings]) -> None:
    shown = settings.help_text(kind)

    for setting in settings.declared_for(kind):
        assert setting.name in shown
        assert setting.help in shown


def test_every_declared_setting_belongs_to_a_program() -> None:
    kinds = (ServerSettings, AgentSettings, CliSettings)
    used = {setting for kind in kinds for setting in settings.declared_for(kind)}

    assert used == set(settings.DECLARED)


def test_the_shipped_file_sets_only_what_is_declared_and_loads() -> None:
    names = {name for name in vars(api_config) if name.isupper()}

    assert names <= {setting.name for setting in settings.DECLARED}
    load(ServerSettings, api_config, {})
    load(AgentSettings, api_config, {})


def test_a_relative_database_lies_beside_the_configuration(tmp_path: Path) -> None:
    here = site(__file__=str(tmp_path / "api_config.py"))

    assert settings.database_url_of("sqlite:///data/a.db", here) == f"sqlite:///{tmp_path}/data/a.db"
    assert settings.database_url_of("sqlite:////var/a.db", here) == "sqlite:////var/a.db"
    assert settings.database_url_of("postgresql://x/y", here) == "postgresql://x/y"

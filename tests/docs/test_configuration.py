"""docs/CONFIGURATION.md has every setting, with what the code makes of it."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from microsip_manager.settings import (
    DECLARED,
    AgentSettings,
    BadSetting,
    ServerSettings,
    Setting,
    declared_for,
    load,
)
from tests.docs.markdown import ROOT, Page, Section
from tests.docs.test_readme import shown

CONFIGURATION = Page("docs/CONFIGURATION.md")
NAMED = {section.title.strip("`"): section for section in CONFIGURATION.sections if section.level == 3}

each_setting = pytest.mark.parametrize("setting", DECLARED, ids=lambda setting: setting.name)


def row(section: Section) -> list[str]:
    [found] = section.rows
    return found


def readers(setting: Setting) -> str:
    programs = {"server": ServerSettings, "agent": AgentSettings}
    return ", ".join(name for name, kind in programs.items() if setting in declared_for(kind)) or "command line"


def test_it_has_every_setting_and_no_other() -> None:
    assert NAMED.keys() == {setting.name for setting in DECLARED}


@each_setting
def test_the_default_is_the_one_of_the_code(setting: Setting) -> None:
    assert row(NAMED[setting.name])[0] == shown(setting)


@each_setting
def test_the_example_is_a_value_the_program_takes_and_not_the_default(setting: Setting) -> None:
    example = row(NAMED[setting.name])[1]

    assert setting.read(example) != setting.default


@each_setting
def test_it_names_the_programs_that_read_it(setting: Setting) -> None:
    assert row(NAMED[setting.name])[2] == readers(setting)


@each_setting
def test_it_says_what_it_means(setting: Setting) -> None:
    prose = [line for line in NAMED[setting.name].text.splitlines() if line and not line.startswith("|")]

    assert len(" ".join(prose)) > 50


def test_the_whole_example_is_one_that_both_programs_accept() -> None:
    [block] = [block for block in CONFIGURATION.blocks if block.language == "python"]
    site = ModuleType("api_config")
    exec(block.text, site.__dict__)  # noqa: S102 - it is a part of our own documentation

    assert {name for name in vars(site) if name.isupper()} <= NAMED.keys()
    assert load(ServerSettings, site, {}).open_network is True
    assert len(load(AgentSettings, site, {}).api_servers) == 2


def test_the_bad_value_it_shows_explains_itself_in_these_words() -> None:
    [block] = [block for block in CONFIGURATION.blocks if block.language == "text"]
    name, value = re.findall(r"(\w+) is '(\w+)'", block.text)[0]

    with pytest.raises(BadSetting, match=re.escape(block.text.strip())):
        load(AgentSettings, ModuleType("api_config"), {name: value})


def test_the_variables_its_commands_set_are_taken() -> None:
    lines = [line for block in CONFIGURATION.blocks if block.language in ("bash", "bat") for line in block.lines]
    environ = dict(re.findall(r"([A-Z_0-9]+)=(\S+)", " ".join(lines)))

    assert load(AgentSettings, ModuleType("api_config"), environ).api_servers == (
        "http://172.16.99.12:8083",
        "http://172.16.99.31:8083",
    )
    assert load(ServerSettings, ModuleType("api_config"), environ).log_level == "DEBUG"
    scripts = [word.replace("\\", "/") for line in lines for word in line.split() if word.endswith(".py")]
    assert [script for script in scripts if not (ROOT / script).is_file()] == []


def test_every_link_leads_somewhere() -> None:
    for link in CONFIGURATION.links:
        file, _, anchor = link.partition("#")
        target = (ROOT / "docs" / file).resolve()
        assert target.is_file(), link
        assert not anchor or anchor in Page(str(target.relative_to(ROOT))).anchors, link

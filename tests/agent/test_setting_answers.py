"""What an answer tells of an ini: values that hold no secret, and no others."""

from __future__ import annotations

from pathlib import PureWindowsPath

import pytest

from microsip_manager.agent.boundaries import PhoneIni
from microsip_manager.agent.errors import DamagedIni, UnknownSetting
from microsip_manager.agent.known_settings import ACCOUNT, SETTINGS, known_in
from microsip_manager.agent.microsip_ini import Ini
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.setting_answers import MOST_UNKNOWN, answers_of
from microsip_manager.wire.codec import encode
from microsip_manager.wire.phone_settings import GetSetting, IniSettings, SettingValue, decode_settings_answer

PATH = str(PureWindowsPath("C:/MicroSIP/MicroSIP.ini"))


def read(ini: str, *names: str, section: str = "Settings") -> IniSettings:
    [answer] = answers_of([PhoneIni(PATH, Ini(ini))], GetSetting(section, list(names) or None))
    return answer


def test_it_names_the_ini_and_the_section_and_tells_the_value_with_its_default() -> None:
    answer = read("[Settings]\ndenyincoming=all\n", "DENYINCOMING")

    assert (answer.ini, answer.section, list(answer.settings)) == (PATH, "Settings", ["denyIncoming"])
    told = answer.settings["denyIncoming"]
    assert (told.present, told.value, told.default, told.secret) == (True, "all", "button", False)
    assert "DND" in told.meaning


def test_a_missing_key_has_its_default_and_no_value() -> None:
    told = read("[Settings]\n", "volumeRing").settings["volumeRing"]

    assert (told.present, told.value, told.default) == (False, None, "100")


def test_without_names_all_known_settings_come_and_the_unknown_ones_by_name() -> None:
    settings = read("[Settings]\nDND=1\nfromTheFuture=7\n").settings

    assert list(settings) == [known.name for known in SETTINGS] + ["fromTheFuture"]
    assert settings["DND"].value == "1"
    assert settings["fromTheFuture"] == SettingValue(
        True, secret=True, detail="withheld: the agent does not know this setting"
    )


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("password=hunter2", "Account1"),
        ("PASSWORD=hunter2", "Account1"),
        ("authID=nikita", "Account1"),
        ("proxy=sip:nikita:hunter2@proxy.example", "Account1"),
        ("proxy=proxy.example;token=hunter2", "Account1"),
        ("server=nikita:hunter2@pbx.example", "Account1"),
        ("dialPlan=hunter2", "Account1"),
        ("voicemailNumber=*97,1234", "Account1"),
        ("label=password hunter2", "Account1"),
        ("usersDirectory=https://nikita:hunter2@dir.example/?key=1", "Settings"),
        ("usersDirectory=https://dir.example/hunter2/list.json", "Settings"),
        ("cmdIncomingCall=C:\\evt.exe --token hunter2", "Settings"),
        ("cmdCallEnd=C:\\evt.exe?hunter2.exe", "Settings"),
        ("portKnockerPorts=1000,2000", "Settings"),
        ("lastCallNumber=*97,1234", "Settings"),
        ("userAgent=Bearer hunter2", "Settings"),
        ("STUN=nikita:hunter2@stun.example", "Settings"),
        ("denyIncoming=hunter2", "Settings"),
        ("sourcePort=hunter2", "Settings"),
        ("4=Door;1234#;dtmf;;0", "Shortcuts"),
        ("password=hunter2", "Settings"),
        ("password=hunter2", "Elsewhere"),
    ],
)
def test_what_may_be_a_secret_is_withheld(line: str, section: str) -> None:
    name, _, secret = line.partition("=")
    answer = read(f"[{section}]\n{line}\n[Settings]\n", name, section=section)
    [told] = answer.settings.values()

    assert (told.present, told.value, told.secret) == (True, None, True)
    assert told.detail.startswith("withheld")
    assert secret.encode() not in encode(answer)


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("server=pbx.example:5061", "Account1"),
        ("proxy=sip:proxy.example;transport=tls other.example", "Account1"),
        ("username=485", "Account1"),
        ("label=Офис (2-й этаж)", "Account1"),
        ("SRTP=mandatory", "Account1"),
        ("audioInputDevice=Микрофон (USB Audio & Co.)", "Settings"),
        ("recordingPath=C:\\Users\\Никита\\Desktop\\Recordings", "Settings"),
        ("cmdIncomingCall=C:\\tools\\evt.exe", "Settings"),
        ("audioCodecs=opus/48000/2 PCMA/8000/1", "Settings"),
        ("denyIncoming=", "Settings"),
        ("callsLastKey=-1", "Settings"),
        ("version=3.22.3", "Settings"),
        ("4=Anna;488;call;;1", "Shortcuts"),
    ],
)
def test_what_an_administrator_needs_is_told(line: str, section: str) -> None:
    name, _, text = line.partition("=")
    told = read(f"[{section}]\n{line}\n[Settings]\n", name, section=section).settings[name]

    assert (told.value, told.secret) == (text, False)


def test_account_is_the_active_one() -> None:
    ini = "[Settings]\naccountId=2\n[Account1]\nlabel=Home\n[account2]\nlabel=Office\n"

    answer = read(ini, "label", section="Account")

    assert (answer.section, answer.settings["label"].value) == ("account2", "Office")


@pytest.mark.parametrize(
    ("ini", "section", "names", "said"),
    [
        ("[Settings]\n", "Settings", ["denyIncomming"], "'denyIncomming' (did you mean 'denyIncoming'"),
        ("[Settings]\nmyKey=1\n", "Settings", ["mykez"], "did you mean 'myKey'"),
        ("[Settings]\n", "Settings", ["qqqqqqqqqqqq"], "[Settings] has no 'qqqqqqqqqqqq'."),
        ("[Settings]\n", "Settings", ["zzzz", "yyyy", "xxxx", "wwww"], "and 1 more"),
        (
            "[Settings]\n[Account1]\n",
            "Account2",
            [],
            "There is no section [Account2] in this ini; there are Settings, ",
        ),
        ("[Settings]\naccountId=0\n", "Account", [], "no active account"),
        ("[Settings]\naccountId=1\n", "Account", [], "no section [Account1]"),
    ],
)
def test_what_is_not_there_is_said_with_the_nearest_names(ini: str, section: str, names: list[str], said: str) -> None:
    with pytest.raises(UnknownSetting) as error:
        read(ini, *names, section=section)

    assert said in str(error.value)


def test_a_damaged_account_id_is_not_repeated() -> None:
    with pytest.raises(DamagedIni) as error:
        read("[Settings]\naccountId=hunter2\n", section="Account")

    assert "hunter2" not in str(error.value)


def test_asking_for_shortcuts_where_there_are_none_is_no_error() -> None:
    assert {told.present for told in read("[Settings]\n", section="Shortcuts").settings.values()} == {False}


def test_an_ini_full_of_nonsense_stays_small_and_printable() -> None:
    nonsense = "".join(f"key{number}\x1b[2J=x\n" for number in range(50))
    many = "".join(f"k{number}=x\n" for number in range(500))
    long = "k" * 5000 + "=x\n"

    answer = read(f"[Settings]\n{nonsense}{many}{long}")

    assert len(answer.settings) == len(SETTINGS) + MOST_UNKNOWN
    assert answer.more == 50 + 500 + 1 - MOST_UNKNOWN
    assert decode_settings_answer(encode(Identity("NIKITA").settings([answer]))).more == answer.more


def test_no_meaning_or_default_is_too_long_for_the_wire() -> None:
    for section, table in (("Settings", SETTINGS), ("Account1", ACCOUNT)):
        assert len(known_in(section)) == len(table)
        answer = read(f"[Settings]\n[{section}]\n", section=section)
        assert decode_settings_answer(encode(Identity("NIKITA").settings([answer]))).settings == answer.settings


def test_every_microsip_of_the_pc_is_told_of() -> None:
    inis = [
        PhoneIni(f"C:\\{folder}\\MicroSIP.ini", Ini(f"[Settings]\nDND={dnd}\n")) for folder, dnd in (("a", 0), ("b", 1))
    ]

    answer = Identity("NIKITA").settings(answers_of(inis, GetSetting(name="DND")))

    assert (answer.ini, answer.settings["DND"].value) == ("C:\\a\\MicroSIP.ini", "0")
    assert [(other.ini, other.settings["DND"].value) for other in answer.others] == [("C:\\b\\MicroSIP.ini", "1")]

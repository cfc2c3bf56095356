"""MicroSIP's ini, read as Windows reads it."""

from __future__ import annotations

from pathlib import PureWindowsPath

import pytest

from microsip_manager.agent.errors import DamagedIni
from microsip_manager.agent.microsip_ini import Ini, IniView, ini_path, read_ini

USUAL = """[Settings]
accountId=2
denyIncoming=button
DND=1
[Account1]
username=101
[Account2]
label=Office
username=485
"""


def utf16(text: str) -> bytes:
    return b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le")


def test_the_extension_is_the_user_name_of_the_active_account() -> None:
    assert read_ini(utf16(USUAL), "cp1251") == IniView("485", "button")


def test_the_same_file_is_read_in_every_encoding_that_windows_has() -> None:
    text = USUAL.replace("485", "Ольга")

    assert read_ini(utf16(text), "cp1251").extension == "Ольга"
    assert read_ini(text.encode("cp1251"), "cp1251").extension == "Ольга"
    assert read_ini(b"\xef\xbb\xbf" + text.encode(), "cp1251").extension == "Ольга"


def test_without_an_active_account_there_is_no_extension() -> None:
    assert read_ini(utf16(USUAL.replace("accountId=2", "accountId=0")), "cp1251").extension == ""
    assert read_ini(utf16(USUAL.replace("accountId=2", "")), "cp1251").extension == ""
    assert read_ini(utf16(USUAL.replace("accountId=2", "accountId=9")), "cp1251").extension == ""


def test_deny_incoming_missing_means_button_and_empty_means_that_all_calls_are_taken() -> None:
    assert read_ini(utf16("[Settings]\n"), "cp1251").promises_a_button
    assert read_ini(utf16("[Settings]\ndenyIncoming=\n"), "cp1251").deny_incoming == ""
    assert not read_ini(utf16("[Settings]\ndenyIncoming=\n"), "cp1251").promises_a_button


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("name=485", "485"),
        ("NAME=485", "485"),
        ("  name \t=  485  ", "485"),
        ('name="485"', "485"),
        ("name='485'", "485"),
        ("name=\"'485'\"", "'485'"),
        ('name="485', '"485'),
        ('name="', '"'),
        ('name=" 485 "', " 485 "),
        ("name=", ""),
        ("name=a=b;c", "a=b;c"),
        ("name=first\nname=second", "first"),
        ("; name=no\nname=yes", "yes"),
        ("name", None),
        ("other=1", None),
        ("name=a\u2028b\x85c", "a\u2028b\x85c"),
        ("name=" + "x" * 300, "x" * 255),
    ],
)
def test_values_are_found_as_windows_finds_them(line: str, value: str | None) -> None:
    assert Ini(f"[Section]\n{line}\n").get("section", "Name") == value


def test_only_the_first_of_two_equal_sections_counts() -> None:
    ini = Ini("[A]\nkey=first\n[B]\n[a]\nkey=second\nmore=1\n")

    assert ini.get("A", "key") == "first"
    assert ini.get("A", "more") is None


def test_a_long_account_value_is_not_cut_at_the_limit_of_the_settings() -> None:
    assert len(Ini("[A]\nkey=" + "x" * 2000).get("A", "key", 1040) or "") == 1040


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", "no section [Settings]"),
        (utf16("[Other]\n"), "no section [Settings]"),
        (b"\xff\xfe[\x00S\x00e", "not UTF-16-LE"),
        (b"\xfe\xff\x00[", "bytes swapped"),
        (b"\xef\xbb\xbf[Settings]\n\xff", "byte 11 is not UTF-8"),
        (b"[Settings]\n\x00\x00\x00", "zero character at position 11"),
        (utf16("[Settings]\naccountId=two\n"), "accountId is not a number"),
        (utf16(USUAL.replace("485", "4" * 65)), "username in [Account2]"),
        (utf16(USUAL.replace("485", "4\x1b5")), "username in [Account2]"),
    ],
)
def test_a_damaged_file_says_what_is_wrong_with_it(content: bytes, wrong: str) -> None:
    with pytest.raises(DamagedIni) as raised:
        read_ini(content, "cp1251")

    assert wrong in str(raised.value)


APPDATA = PureWindowsPath(r"C:\Users\nikita\AppData\Roaming\MicroSIP")


def where(exe: str, *install_folders: str | None) -> str:
    folders = [None if folder is None else PureWindowsPath(folder) for folder in install_folders]
    return str(ini_path(PureWindowsPath(exe), folders, APPDATA))


def test_a_portable_microsip_has_its_ini_beside_it() -> None:
    assert where(r"D:\phone\microsip.exe") == r"D:\phone\microsip.ini"
    assert where(r"D:\phone\microsip.exe", r"C:\MicroSIP") == r"D:\phone\microsip.ini"


def test_an_installed_one_has_it_in_appdata_whatever_the_spelling_of_the_folder() -> None:
    assert where(r"C:\MicroSIP\microsip.exe", "c:\\microsip\\") == str(APPDATA / "microsip.ini")
    assert where(r"C:\MicroSIP\microsip.exe", r"D:\old", r"C:\MicroSIP") == str(APPDATA / "microsip.ini")
    assert where(r"C:\MicroSIP\microsip.exe", None) == str(APPDATA / "microsip.ini")


def test_the_ini_of_a_renamed_program_is_renamed_too() -> None:
    assert where(r"D:\phone\phone2.exe") == r"D:\phone\phone2.ini"
    assert where(r"D:\phone\my.phone.exe") == r"D:\phone\my.phone.ini"

"""What the texts of the status bar mean, in English and by the language file."""

from __future__ import annotations

import pytest

from microsip_manager.agent.status_text import Language, StatusText, read_status
from microsip_manager.wire.phone_state import CallState, Direction, Registration

ENGLISH = Language({})
RUSSIAN = Language(
    {
        "Online": "В сети",
        "Away": "Отошёл",
        "Do Not Disturb": "Не беспокоить",
        "Call Forwarding": "Переадресация",
        "Connecting": "Подключение",
        "Idle": "Ожидание",
        "Incorrect Password": "Неверный пароль",
        "Connection Failed": "Ошибка подключения",
        "Offline": "Не в сети",
        "Auto Answer": "Автоответ",
        "Request Timeout": "Время ожидания истекло",
        "Response Code": "Код ответа",
        "Calling": "Вызов",
        "Incoming Call": "Входящий вызов",
        "Ringing": "Звонит",
        "Connected": "Соединено",
        "Hold": "Удержание",
    }
)
REGISTERED = StatusText(Registration.REGISTERED)
TALKING = CallState.IN_CALL
DIALLED = StatusText(call=CallState.IN_CALL, direction=Direction.OUTGOING)


@pytest.mark.parametrize(
    ("english", "russian", "meaning"),
    [
        ("Online", "В сети", REGISTERED),
        ("Online (Auto Answer)", "В сети (Автоответ)", StatusText(Registration.REGISTERED, auto_answer=True)),
        ("Online (Auto Conference)", "В сети (Auto Conference)", REGISTERED),
        ("Away", "Отошёл", StatusText(Registration.REGISTERED, away=True)),
        (
            "Away (Auto Answer)",
            "Отошёл (Автоответ)",
            StatusText(Registration.REGISTERED, away=True, auto_answer=True),
        ),
        ("Do Not Disturb", "Не беспокоить", REGISTERED),
        ("Call Forwarding", "Переадресация", StatusText(Registration.REGISTERED, forwarding=True)),
        ("Connecting...", "Подключение...", StatusText(Registration.CONNECTING)),
        ("Idle", "Ожидание", StatusText(Registration.NONE)),
        ("Incorrect Password", "Неверный пароль", StatusText(Registration.WRONG_PASSWORD)),
        ("Connection Failed", "Ошибка подключения", StatusText(Registration.FAILED)),
        ("Offline", "Не в сети", StatusText(Registration.NONE)),
        ("MicroSIP", "MicroSIP", StatusText(Registration.NONE)),
        ("Request Timeout", "Время ожидания истекло", StatusText(Registration.FAILED)),
        ("Response Code: 503", "Код ответа: 503", StatusText(Registration.FAILED)),
        ("Calling 101 ...", "Вызов 101 ...", StatusText(call=TALKING, direction=Direction.OUTGOING, number="101")),
        ("Calling 101 ... (TLS)", "Вызов 101 ... (TLS)",
         StatusText(call=TALKING, direction=Direction.OUTGOING, number="101")),
        ("Incoming Call", "Входящий вызов", StatusText(call=CallState.RINGING, direction=Direction.INCOMING)),
        ("Ringing", "Звонит", StatusText(call=CallState.RINGING)),
        ("Ringing (pbx.example)", "Звонит (pbx.example)", StatusText(call=CallState.RINGING)),
        ("Connecting... (PCMA@8kHz)", "Подключение... (PCMA@8kHz)", StatusText(call=TALKING)),
        ("Connected 0:07", "Соединено 0:07", StatusText(call=TALKING, talk=7)),
        ("Connected 1:02:03", "Соединено 1:02:03", StatusText(call=TALKING, talk=3723)),
        ("Connected 12:34 (PCMA)", "Соединено 12:34 (PCMA)", StatusText(call=TALKING, talk=754)),
        ("Hold 0:05 / 2:00", "Удержание 0:05 / 2:00", StatusText(call=TALKING, talk=120)),
        ("Connected (2)", "Соединено (2)", StatusText(call=TALKING)),
    ],
)  # fmt: skip
def test_each_text_has_its_meaning_in_both_languages(english: str, russian: str, meaning: StatusText) -> None:
    assert read_status(english, ENGLISH) == meaning
    assert read_status(russian, RUSSIAN) == meaning
    assert read_status(english, RUSSIAN) == meaning


def test_the_oldest_form_names_nobody() -> None:
    assert read_status("Calling...", ENGLISH) == DIALLED


def test_upper_and_lower_case_mean_the_same() -> None:
    assert read_status("Incorrect password", ENGLISH).registration is Registration.WRONG_PASSWORD


def test_an_error_with_its_number_is_a_failure() -> None:
    assert read_status("The server returned an error code: 480", ENGLISH) == StatusText(Registration.FAILED)


@pytest.mark.parametrize(
    "text", ["В сети", "Соединено 0:07", "Account blocked", "(", "...", ": 1", "Online (", "1:2:3:4"]
)
def test_words_that_are_not_known_are_unknown(text: str) -> None:
    assert read_status(text, ENGLISH) == StatusText(Registration.UNKNOWN, unknown=True)


def test_no_text_at_all_says_nothing() -> None:
    assert read_status("", ENGLISH) == StatusText(Registration.UNKNOWN)
    assert read_status("", Language({"Online": ""})) == StatusText(Registration.UNKNOWN)

"""An ini with a secret in every key that MicroSIP knows, and in some that it does not."""

from __future__ import annotations

from microsip_manager.agent.known_settings import ACCOUNT, SETTINGS

SECRET = "hunter2x"
"""Looked for in everything that comes out."""

SHAPES = {
    "in an address": f"https://nikita:{SECRET}@host.example/list?token={SECRET}",
    "as an argument": f"C:\\tools\\evt.exe --password {SECRET}",
    "beside a word for it": f"token {SECRET}",
    "with a semicolon": f"Door;{SECRET}#;dtmf;{SECRET};0",
}
"""How secrets stand in settings."""

FREE_TEXT = {
    *("ringingSound", "audioRingDevice", "audioOutputDevice", "audioInputDevice", "videoCaptureDevice", "videoCodec"),
    *("STUN", "dnsSrvNs", "recordingPath", "userAgent", "portKnockerHost"),
    *("label", "server", "proxy", "domain", "username", "displayName", "publicAddr"),
}
"""Settings whose value is a name that administrators need, so a bare word in them is told."""

KEPT = {"accountId": "1", "denyIncoming": "button", "username": "485"}
"""Without these there is no phone to ask. The extension is no secret: it stands in the list of clients."""


def secret_ini(value: str, kept: dict[str, str] = KEPT) -> str:
    """An ini with this value everywhere but in the settings kept."""
    settings = [f"{known.name}={kept.get(known.name, value)}" for known in SETTINGS]
    account = [f"{known.name}={kept.get(known.name, value)}" for known in ACCOUNT]
    unknown = [f"{name}={value}" for name in ("apiKey", "password2", "fromTheFuture")]
    numbered = [f"{place}={value}" for place in range(8)]
    sections = {
        "Settings": [*settings, *unknown],
        "Account1": [*account, *unknown],
        "Account2": [*account, *unknown],
        "Shortcuts": numbered,
        "Calls": numbered,
        "Dialed": numbered,
        "Elsewhere": unknown,
    }
    return "\n".join(line for name, lines in sections.items() for line in (f"[{name}]", *lines)) + "\n"

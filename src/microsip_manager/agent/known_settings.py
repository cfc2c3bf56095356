"""MicroSIP's settings: what each means, its default, and which shape of value may leave the PC. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from microsip_manager.agent.setting_shapes import (
    CODECS,
    HOST,
    HOSTS,
    NEVER,
    NUMBER,
    PHONE,
    PROGRAM,
    SHORT_CODE,
    SHORTCUT,
    SWITCH,
    TEXT,
    USER,
    VERSION,
    Shape,
    one_of,
)

VALUE_LIMIT, CODECS_LIMIT, ACCOUNT_LIMIT = 255, 511, 1040
"""Characters MicroSIP reads of a value."""


@dataclass(frozen=True)
class Known:
    """One setting. A default of None: there is none, or it is not known."""

    name: str
    default: str | None
    shape: Shape
    meaning: str
    limit: int = VALUE_LIMIT


DENY_INCOMING = one_of("button", "", "user", "domain", "userdomain", "remotedomain", "all", "address", "rdomain")
_EVENTS = {
    "cmdIncomingCall": "a call arrives, before it is rejected or rings",
    "cmdCallRing": "the phone starts ringing",
    "cmdCallAnswer": "an incoming call is answered",
    "cmdCallAnswerVideo": "an incoming video call is answered",
    "cmdCallBusy": "a call ends as busy or declined",
    "cmdCallStart": "a call is connected",
    "cmdCallEnd": "a call ends in another way",
    "cmdOutgoingCall": "an outgoing call starts",
}
_LAYOUT = [
    *(f"{window}{side}" for window in ("main", "messages") for side in "XYWH"),
    *("ringinX", "ringinY"),
    *(f"callsWidth{column}" for column in range(6)),
    *(f"contactsWidth{column}" for column in range(3)),
]

SETTINGS = (
    Known("accountId", "0", NUMBER, "Active account: 0 none or the local one, N the section AccountN"),
    Known(
        "denyIncoming", "button", DENY_INCOMING,
        "Which incoming calls are rejected: button (while DND is on), empty (none), user, domain, userdomain, "
        "remotedomain (when these differ from the account's), all. There is a DND button only with `button`",
    ),
    Known("DND", "0", SWITCH, "The DND button as last saved, up to 5 s late; the status tells the live one"),
    Known("AA", "0", SWITCH, "The auto answer button as last saved"),
    Known("AC", "0", SWITCH, "The auto conference button as last saved"),
    Known("FWD", "0", SWITCH, "The call forwarding button as last saved"),
    Known(
        "autoAnswer", "button", one_of("", "button", "header", "all", "0", "1", "2"),
        "Auto answer: empty (no), button (while AA is on), header (when the call asks for it), all",
    ),
    Known("autoAnswerDelay", "0", NUMBER, "Seconds before a call is answered by itself"),
    Known("autoAnswerNumber", "", PHONE, "The caller who is answered by itself; empty: everybody"),
    Known("autoAnswerCalls", "", one_of("", "hold", "all"), "Auto answer during a call: empty (no), hold, all"),
    Known("forwarding", "", one_of("", "button", "all"), "Call forwarding: empty (no), button (while FWD is on), all"),
    Known("forwardingNumber", "", PHONE, "Where calls are forwarded to"),
    Known("forwardingDelay", "0", NUMBER, "Seconds before a call is forwarded"),
    Known("singleMode", "1", SWITCH, "1: one call at a time"),
    Known("callWaiting", "1", SWITCH, "0: a second call is rejected as busy"),
    Known("maxConcurrentCalls", "0", NUMBER, "Most calls at a time; 0: no limit"),
    Known("autoHangUpTime", "0", NUMBER, "Seconds after which a call is ended; 0: never"),
    Known("noIgnoreCall", "0", SWITCH, "1: closing the box of an incoming call declines it"),
    *(Known(name, "", PROGRAM, f"Program that runs when {event}") for name, event in _EVENTS.items()),
    Known("usersDirectory", "", NEVER, "Address of the shared directory; may hold credentials"),
    Known("bringToFrontOnIncoming", "1", SWITCH, "1: the window comes to the front when a call arrives"),
    Known("randomAnswerBox", "0", SWITCH, "1: the box of an incoming call appears at changing places"),
    Known("alwaysOnTop", "0", SWITCH, "1: the window stays on top"),
    Known("multiMonitor", "0", SWITCH, "1: windows may lie on any screen"),
    Known("minimized", "0", SWITCH, "1: starts in the tray"),
    Known("silent", "0", SWITCH, "1: starts without windows (up to 3.21.6)"),
    Known("ringingSound", "", TEXT, "Sound file of the ringing"),
    Known("volumeRing", "100", NUMBER, "Volume of the ringing, in percent"),
    Known("volumeOutput", "100", NUMBER, "Volume of the speaker, in percent"),
    Known("volumeInput", "100", NUMBER, "Volume of the microphone, in percent"),
    Known("audioRingDevice", "", TEXT, "Device that rings; empty: the system's"),
    Known("audioOutputDevice", "", TEXT, "Device for the speaker; empty: the system's"),
    Known("audioInputDevice", "", TEXT, "Device for the microphone; empty: the system's"),
    Known("micAmplification", "0", SWITCH, "1: the microphone is amplified"),
    Known("swLevelAdjustment", "0", SWITCH, "1: volumes are set in software"),
    Known("EC", "1", SWITCH, "1: echo is cancelled"),
    Known("VAD", "0", SWITCH, "1: silence is not sent"),
    Known("forceCodec", "0", SWITCH, "1: the first codec for incoming calls"),
    Known("opusStereo", "0", SWITCH, "1: Opus in stereo"),
    Known("audioCodecs", "PCMA/8000/1 PCMU/8000/1", CODECS, "Codecs in their order", CODECS_LIMIT),
    Known("DTMFMethod", "0", NUMBER, "0 automatic, 1 in-band, 2 RFC 2833, 3 SIP INFO"),
    Known("localDTMF", "1", SWITCH, "1: keys sound"),
    Known("disableVideo", "0", SWITCH, "1: no video"),
    Known("videoCaptureDevice", "", TEXT, "Camera; empty: the system's"),
    Known("videoCodec", "", TEXT, "Preferred video codec"),
    *(Known(f"video{codec}", "1", SWITCH, f"1: video with {codec}") for codec in ("H264", "H263", "VP8", "VP9")),
    Known("videoBitrate", "0", NUMBER, "Video bit rate in kbit/s; 0: MicroSIP's own choice"),
    Known("disableMessaging", "0", SWITCH, "1: no text messages"),
    Known("disableNameLookup", "0", SWITCH, "1: callers' names are not looked up in the contacts"),
    Known("enableLocalAccount", "0", SWITCH, "1: calls without a registrar, on ports 5060 and 5061"),
    Known("sourcePort", "0", NUMBER, "SIP port of this PC; 0: any"),
    Known("rtpPortMin", "0", NUMBER, "First port for sound; 0: any"),
    Known("rtpPortMax", "0", NUMBER, "Last port for sound; 0: any"),
    Known("rport", "1", SWITCH, "1: asks the registrar for the own address behind NAT"),
    Known("STUN", "", HOST, "STUN server"),
    Known("enableSTUN", "0", SWITCH, "1: uses the STUN server"),
    Known("dnsSrvNs", "", HOSTS, "Name servers for DNS SRV"),
    Known("dnsSrv", "0", SWITCH, "1: finds the registrar by DNS SRV"),
    Known("networkChanges", "1", SWITCH, "1: follows changes of the network"),
    Known("recordingPath", None, TEXT, "Folder of recordings; missing: Recordings on the desktop"),
    Known("recordingFormat", "mp3", one_of("", "mp3", "wav"), "Format of recordings"),
    Known("autoRecording", "0", SWITCH, "1: every call is recorded"),
    Known("recordingButton", "1", SWITCH, "1: there is a button for recording"),
    Known("buttonAC", "1", SWITCH, "1: there is a button for auto conference"),
    Known("buttonCONF", "1", SWITCH, "1: there is a button for conferences"),
    Known("featureCodeCP", "**", SHORT_CODE, "Code for call pick-up"),
    Known("featureCodeBT", "##", SHORT_CODE, "Code for a blind transfer"),
    Known("featureCodeAT", "*2", SHORT_CODE, "Code for an attended transfer"),
    Known("enableFeatureCodeCP", "1", SWITCH, "1: uses the code for call pick-up"),
    Known("enableFeatureCodeBT", "0", SWITCH, "1: uses the code for a blind transfer"),
    Known("enableFeatureCodeAT", "0", SWITCH, "1: uses the code for an attended transfer"),
    Known("defaultAction", "", one_of("", "call", "video", "message"), "What a double click on a contact does"),
    Known("enableMediaButtons", "0", SWITCH, "1: media keys of the keyboard answer and end calls"),
    Known("headsetSupport", "0", SWITCH, "1: buttons of the headset answer and end calls"),
    Known("enableLog", "0", SWITCH, "1: MicroSIP writes a log, with numbers and digests of passwords"),
    Known(
        "updatesInterval", "weekly", one_of("", "daily", "weekly", "monthly", "quarterly", "never", "always"),
        "How often MicroSIP looks for updates; empty: weekly",
    ),
    Known("checkUpdatesTime", None, NUMBER, "When it last looked, in Unix seconds"),
    Known("userAgent", "", TEXT, "Name it gives itself; empty: its own"),
    Known("portKnockerHost", "", HOST, "Host whose door is knocked at"),
    Known("portKnockerPorts", "", NEVER, "Ports that are knocked at: as good as a password"),
    Known("enableShortcuts", "0", SWITCH, "1: shows the shortcuts"),
    Known("shortcutsBottom", "0", SWITCH, "1: shortcuts below the keys"),
    Known("activeTab", None, NUMBER, "Selected page: 0 dialer, 1 logs, 2 contacts"),
    Known("noResize", "0", SWITCH, "1: the window keeps its size"),
    *(Known(name, None, NUMBER, "Place of a window or width of a column") for name in _LAYOUT),
    Known("lastCallNumber", None, NEVER, "What was dialled last; may hold a PIN"),
    Known("lastCallHasVideo", None, SWITCH, "1: the last call was with video"),
    Known("callsLastKey", "-1", NUMBER, "Place of the latest call in MicroSIP's own list"),
    Known("version", None, VERSION, "Version of the MicroSIP that last started (from 3.22.3 on)"),
)  # fmt: skip

ACCOUNT = (
    Known("label", "", TEXT, "Name of the account, as its user sees it"),
    Known("server", "", HOST, "Registrar", ACCOUNT_LIMIT),
    Known("proxy", "", HOSTS, "SIP proxies", ACCOUNT_LIMIT),
    Known("domain", "", HOST, "SIP domain; without one the account does not count", ACCOUNT_LIMIT),
    Known("username", "", USER, "Extension", ACCOUNT_LIMIT),
    Known("password", "", NEVER, "Password of the account", ACCOUNT_LIMIT),
    Known("authID", "", NEVER, "Login, the other half of the password", ACCOUNT_LIMIT),
    Known("displayName", "", TEXT, "Name that others see", ACCOUNT_LIMIT),
    Known("dialingPrefix", "", SHORT_CODE, "What is dialled before each number"),
    Known("dialPlan", "", NEVER, "Rules for dialling; may hold codes"),
    Known("hideCID", None, SWITCH, "1: hides the own number"),
    Known("voicemailNumber", "", NEVER, "Number of the voice mail; may hold its PIN"),
    Known("transport", "udp", one_of("", "udp", "tcp", "tls"), "udp, tcp, tls, or empty: UDP and TCP"),
    Known("publicAddr", "", HOST, "Address of this PC as others see it"),
    Known(
        "SRTP", "", one_of("", "optional", "mandatory", "dtls-sdes", "dtls"),
        "Encryption of the sound: empty (none), optional, mandatory, dtls-sdes, dtls",
    ),
    Known("registerRefresh", "300", NUMBER, "Seconds between registrations"),
    Known("keepAlive", "15", NUMBER, "Seconds between keep-alive packets"),
    Known("publish", None, SWITCH, "1: publishes its presence"),
    Known("ICE", None, SWITCH, "1: uses ICE"),
    Known("allowRewrite", None, SWITCH, "1: corrects the own address behind NAT"),
    Known("disableSessionTimer", None, SWITCH, "1: no session timers"),
)  # fmt: skip

SHORTCUTS = tuple(
    Known(str(place), None, SHORTCUT, f"Shortcut {place}: label;number;type;number2;presence") for place in range(8)
)

_BY_SECTION = {
    section: {known.name.lower(): known for known in table}
    for section, table in (("settings", SETTINGS), ("account", ACCOUNT), ("shortcuts", SHORTCUTS))
}


def known_in(section: str) -> Mapping[str, Known]:
    """The settings known in a section of this name, by name in lower case."""
    return _BY_SECTION.get(re.sub(r"^(account)[0-9]+$", r"\1", section.lower()), {})


def told_deny_incoming(value: str) -> str:
    """The value of `denyIncoming` for programs; what MicroSIP does not know may be a secret in the wrong place."""
    return value if DENY_INCOMING.fullmatch(value) else "other"


def shown_deny_incoming(value: str) -> str:
    """The value of `denyIncoming` for a text that people read; a value MicroSIP does not know is not repeated."""
    return f"'{value}'" if DENY_INCOMING.fullmatch(value) else "a value MicroSIP does not know"

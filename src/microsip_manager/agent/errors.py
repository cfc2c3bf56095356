"""What can go wrong between the agent and the MicroSIP beside it, in our own words."""

from __future__ import annotations


class PhoneError(Exception):
    """MicroSIP could not be read or acted on; the text says why."""


class PhoneHung(PhoneError):
    """MicroSIP did not answer in time. What was sent may still be carried out later."""


class PhoneDenied(PhoneError):
    """Windows refused the message; nothing was carried out."""


class PhoneGone(PhoneError):
    """MicroSIP was closed meanwhile."""


class NoDndButton(PhoneError):
    """This MicroSIP has no DND button; the text says why when that is known."""


class DamagedIni(Exception):
    """MicroSIP's ini cannot be used; the text says what is wrong with it."""


class UnusableSystem(Exception):
    """The agent cannot work here at all; the text says why and what to do."""


class UnknownSetting(Exception):
    """There is no such setting or section; the text names the nearest ones."""


class NoScreen(Exception):
    """A message could not be shown; the text says why."""


class CallsNotTaken(Exception):
    """No server stored the calls; the text says why."""

    def __init__(self, why: str, *, unreadable: bool = False) -> None:
        super().__init__(why)
        self.unreadable = unreadable
        """True when a server cannot understand the message, so that sending it again as it is would not help."""

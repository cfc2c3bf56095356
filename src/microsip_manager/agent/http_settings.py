"""`POST /api/get_setting` of the agent."""

from __future__ import annotations

import logging

from flask import Flask, Response, request

from microsip_manager.agent.boundaries import CLOSED, Softphone
from microsip_manager.agent.errors import DamagedIni, UnknownSetting
from microsip_manager.agent.http_answers import Refused, answer, check_addressee
from microsip_manager.agent.http_turns import Turns
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.setting_answers import answers_of
from microsip_manager.wire import paths
from microsip_manager.wire.codec import BadMessage
from microsip_manager.wire.phone_settings import GetSetting, IniSettings, decode_get_setting
from microsip_manager.wire.problems import ProblemCode

log = logging.getLogger(__name__)


def add_settings(app: Flask, phone: Softphone, identity: Identity, turns: Turns) -> None:
    """Add the route to the application."""

    @app.post(paths.AGENT_GET_SETTING)
    def get_setting() -> Response:
        wish = _wish()
        check_addressee(wish.hostname, identity.hostname)
        turns.check()
        found = _found(phone, wish)
        # Neither names nor values: what somebody takes for a name may be a secret.
        log.info("%s: told %d settings", identity.hostname, sum(len(ini.settings) for ini in found))
        return answer(identity.settings(found))


def _wish() -> GetSetting:
    body = request.get_data()
    try:
        return decode_get_setting(body) if body.strip() else GetSetting()
    except BadMessage as error:
        raise Refused(ProblemCode.BAD_MESSAGE, str(error)) from None


def _found(phone: Softphone, wish: GetSetting) -> list[IniSettings]:
    try:
        inis = phone.inis()
        if not inis:
            raise Refused(ProblemCode.NOT_RUNNING, f"{CLOSED.detail}, so it is not known which ini is its own.")
        return answers_of(inis, wish)
    except DamagedIni as error:
        raise Refused(ProblemCode.INI_UNREADABLE, str(error)) from None
    except UnknownSetting as error:
        raise Refused(ProblemCode.UNKNOWN_SETTING, str(error)) from None

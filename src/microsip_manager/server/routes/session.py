"""Signing in and out, and what a person does with the own account."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.identity.caller import ADDRESS, CALLER, Caller, CallerKind
from microsip_manager.server.identity.cookies import csrf_token, drop_session, session_secret, set_session
from microsip_manager.server.identity.people import People
from microsip_manager.server.identity.sessions import LONGEST, NewSession
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.identity import Role
from microsip_manager.wire.paths import SESSION
from microsip_manager.wire.people import (
    ChangePassword,
    ConfirmSecondFactor,
    RemoveSecondFactor,
    SecondFactor,
    SessionInfo,
    SignIn,
    decode_change_password,
    decode_confirm_second_factor,
    decode_remove_second_factor,
    decode_sign_in,
)
from microsip_manager.wire.problems import ProblemCode

PASSWORD = "correct horse battery staple"  # noqa: S105 - an example
DONE = {"status": "ok"}
_DONE_SCHEMA = {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}
_CHECKING = (ProblemCode.WRONG_PASSWORD, ProblemCode.TOO_MANY_ATTEMPTS, ProblemCode.TOO_BUSY, ProblemCode.NOT_READY)
_READING = (ProblemCode.BAD_MESSAGE, ProblemCode.TOO_LARGE)


def session_router(people: People) -> APIRouter:
    router = APIRouter(tags=["session"])

    @router.post(
        SESSION,
        summary="Sign in",
        description="The answer sets a cookie, which is the session. It ends after 8 hours without a request, and "
        "after 24 hours in any case. `second-factor` says that the password was right and a `code` is wanted.",
        status_code=201,
        response_class=Response,
        openapi_extra=openapi.body(SignIn, {"name": "anna", "password": PASSWORD, "code": "123456"}),
        responses=openapi.responses(
            "Who has signed in.",
            openapi.ref(SessionInfo),
            openapi.EXAMPLE_SESSION,
            *_READING,
            *_CHECKING,
            ProblemCode.SECOND_FACTOR,
            status=201,
        ),
    )
    async def sign_in(request: Request) -> Response:
        shown = decode_sign_in(await read_body(request.receive, COMMAND_LIMIT))
        note(target=shown.name)
        begun = await people.door.sign_in(shown, ADDRESS.get())
        note(who=begun.user.caller)
        before = session_secret(request.scope)
        if before is not None:
            await people.sessions.end(before)
        return await _begun(request, begun, 201)

    @router.get(
        SESSION,
        summary="Who am I",
        response_class=Response,
        responses=openapi.responses(
            "Who the request comes from.", openapi.ref(SessionInfo), openapi.EXAMPLE_SESSION, ProblemCode.NOT_READY
        ),
    )
    async def who_am_i(request: Request) -> Response:
        caller, secret = CALLER.get(), session_secret(request.scope)
        if caller.kind is CallerKind.USER and secret is not None:
            return _private(await _info(caller, secret))
        return _private(
            SessionInfo(caller.kind.value, caller.name, caller.role or Role.VIEWER, sorted(caller.groups), False)
        )

    @router.delete(
        SESSION,
        summary="Sign out",
        response_class=Response,
        responses=openapi.responses("The session has ended.", _DONE_SCHEMA, DONE, ProblemCode.NOT_READY),
    )
    async def sign_out(request: Request) -> Response:
        secret = session_secret(request.scope)
        if CALLER.get().kind is CallerKind.USER and secret is not None:
            await people.sessions.end(secret)
            note(after={"sessions": "this one ended"})
        return _ended(request)

    @router.delete(
        SESSION + "/all",
        summary="Sign out everywhere",
        response_class=Response,
        responses=openapi.responses(
            "All sessions of the user have ended, this one too.", _DONE_SCHEMA, DONE, ProblemCode.NOT_READY
        ),
    )
    async def sign_out_everywhere(request: Request) -> Response:
        user = await people.own.user(CALLER.get())
        await people.sessions.end_all(user.id)
        note(after={"sessions": "all ended"})
        return _ended(request)

    @router.post(
        SESSION + "/password",
        summary="Change the own password",
        description="Ends all sessions of the user and begins a new one here.",
        response_class=Response,
        openapi_extra=openapi.body(ChangePassword, {"password": PASSWORD, "new_password": "four other words instead"}),
        responses=openapi.responses(
            "The new session.", openapi.ref(SessionInfo), openapi.EXAMPLE_SESSION, *_READING, *_CHECKING
        ),
    )
    async def change_password(request: Request) -> Response:
        wish = decode_change_password(await read_body(request.receive, COMMAND_LIMIT))
        begun = await people.own.change_password(CALLER.get(), wish, ADDRESS.get())
        note(after={"new_password": True, "sessions": "all others ended"})
        return await _begun(request, begun)

    @router.post(
        SESSION + "/totp",
        summary="Begin a second factor",
        description="The secret is for an authenticator (RFC 6238). It counts once a code of it was sent with PUT.",
        response_class=Response,
        responses=openapi.responses(
            "The secret; it is not shown again.",
            openapi.ref(SecondFactor),
            openapi.EXAMPLE_SECOND_FACTOR,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def begin_second_factor() -> Response:
        offered = await people.own.begin_second_factor(CALLER.get())
        note(before={"second_factor": False}, after={"second_factor": "to be confirmed"})
        return _private(offered)

    @router.put(
        SESSION + "/totp",
        summary="Confirm the second factor",
        response_class=Response,
        openapi_extra=openapi.body(ConfirmSecondFactor, {"code": "123456"}),
        responses=openapi.responses(
            "From now on it is asked for.",
            _DONE_SCHEMA,
            DONE,
            *_READING,
            ProblemCode.SECOND_FACTOR,
            ProblemCode.NOT_READY,
        ),
    )
    async def confirm_second_factor(request: Request) -> Response:
        wish = decode_confirm_second_factor(await read_body(request.receive, COMMAND_LIMIT))
        await people.own.confirm_second_factor(CALLER.get(), wish.code)
        note(before={"second_factor": False}, after={"second_factor": True})
        return json_response(DONE)

    @router.delete(
        SESSION + "/totp",
        summary="Remove the second factor",
        response_class=Response,
        openapi_extra=openapi.body(RemoveSecondFactor, {"password": PASSWORD}),
        responses=openapi.responses("It is not asked for any more.", _DONE_SCHEMA, DONE, *_READING, *_CHECKING),
    )
    async def remove_second_factor(request: Request) -> Response:
        wish = decode_remove_second_factor(await read_body(request.receive, COMMAND_LIMIT))
        await people.own.remove_second_factor(CALLER.get(), wish.password, ADDRESS.get())
        note(before={"second_factor": True}, after={"second_factor": False})
        return json_response(DONE)

    async def _info(caller: Caller, secret: str) -> SessionInfo:
        user = await people.own.user(caller)
        session = await people.sessions.kept(user.id, secret)
        idle, latest = people.sessions.ends(session) if session is not None else (None, None)
        return SessionInfo(
            caller.kind.value,
            user.name,
            user.role,
            user.groups,
            user.has_second_factor,
            csrf_token(secret),
            ends_at=latest,
            idle_ends_at=idle,
        )

    async def _begun(request: Request, begun: NewSession, status: int = 200) -> Response:
        answer = _private(await _info(begun.user.caller, begun.secret), status)
        cookie = set_session(request.scope, begun.secret, int(LONGEST.total_seconds()))
        answer.headers["set-cookie"] = cookie
        return answer

    return router


def _private(message: object, status: int = 200) -> Response:
    answer = json_response(message, status)
    answer.headers["cache-control"] = "no-store"
    return answer


def _ended(request: Request) -> Response:
    answer = json_response(DONE)
    answer.headers["set-cookie"] = drop_session(request.scope)
    return answer

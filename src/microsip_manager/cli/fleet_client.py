"""The Python client of the server's API. The command line and the examples are built on it.

with FleetClient(["http://172.16.99.12:8083", "http://172.16.99.31:8083"], token="mmt_...") as fleet:
    for client in fleet.clients():
        print(client.hostname, client.status.value)
    print(fleet.set_dnd("NIKITA", True).outcome)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
from msgspec import Struct

from microsip_manager.cli.errors import (
    BadAnswer,
    BadHostname,
    NotAllowed,
    NotOffered,
    NotSignedIn,
    Refused,
    UnknownClient,
)
from microsip_manager.cli.plain_text import check_plaintext
from microsip_manager.cli.server_list import ServerAnswer, ServerList, Take
from microsip_manager.settings import CliSettings
from microsip_manager.tls.trust import Trust
from microsip_manager.wire import paths
from microsip_manager.wire.audit import AuditCheck, AuditRecord
from microsip_manager.wire.bulk import NDJSON, BulkAnswer, BulkSummary, ClientResult
from microsip_manager.wire.calls import Call, decode_calls_taken
from microsip_manager.wire.clients import ClientState, ClientStatus
from microsip_manager.wire.codec import BadMessage, Decoder, encode
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.desired import ClientWish
from microsip_manager.wire.enrolment import (
    Agent,
    CreatedJoinToken,
    JoinTokenState,
    PendingAgent,
    decode_created_join_token,
)
from microsip_manager.wire.groups import Group, GroupSize, Labels
from microsip_manager.wire.history import StatusChange
from microsip_manager.wire.messages import MessageAnswer, MessageOutcome, decode_message_answer
from microsip_manager.wire.names import check_hostname
from microsip_manager.wire.phone_settings import SettingsAnswer, decode_settings_answer
from microsip_manager.wire.privacy import PrivacyErasureReport, PrivacyExport
from microsip_manager.wire.problems import ProblemCode
from microsip_manager.wire.schedules import PlannedRun, Run, Schedule
from microsip_manager.wire.stats import Stats
from microsip_manager.wire.telephone import (
    TelephoneAnswer,
    TelephoneCommand,
    TelephoneOutcome,
    decode_telephone_answer,
)
from microsip_manager.wire.webhooks import CreatedWebhook, Delivery, Webhook

Item = TypeVar("Item", Call, StatusChange)
Outcome = TypeVar("Outcome", DndOutcome, MessageOutcome, TelephoneOutcome)


AUDIT_PAGE = 1000
"""Rows of a CSV asked for at once: as many as a server gives."""


class _BulkLine(Struct, frozen=True):
    """One line of a stream of results."""

    result: ClientResult | None = None
    summary: BulkSummary | None = None


_bulk_line = Decoder(_BulkLine)
_clients = Decoder(list[ClientState])
_client = Decoder(ClientState)
_status = Decoder(ClientStatus)
_dnd_answer = Decoder(DndAnswer)
_wish = Decoder(ClientWish)
_calls = Decoder(list[Call])
_changes = Decoder(list[StatusChange])
_webhooks = Decoder(list[Webhook])
_created_webhook = Decoder(CreatedWebhook)
_deliveries = Decoder(list[Delivery])
_delivery = Decoder(Delivery)
_stats = Decoder(Stats)
_groups = Decoder(list[GroupSize])
_group = Decoder(Group)
_labels = Decoder(Labels)
_schedules = Decoder(list[Schedule])
_schedule = Decoder(Schedule)
_planned = Decoder(list[PlannedRun])
_runs = Decoder(list[Run])
_audit = Decoder(list[AuditRecord])
_audit_check = Decoder(AuditCheck)
_privacy_export = Decoder(PrivacyExport)
_privacy_report = Decoder(PrivacyErasureReport)
_join_tokens = Decoder(list[JoinTokenState])
_join_token = Decoder(JoinTokenState)
_agents = Decoder(list[Agent])
_agent = Decoder(Agent)
_pending_agents = Decoder(list[PendingAgent])
_pending_agent = Decoder(PendingAgent)
_object = Decoder(dict[str, Any])


_REFUSALS: dict[str, type[Refused]] = {
    ProblemCode.UNKNOWN_CLIENT.value: UnknownClient,
    ProblemCode.NOT_SIGNED_IN.value: NotSignedIn,
    ProblemCode.NOT_ALLOWED.value: NotAllowed,
}


class FleetClient:
    """Asks the first server that answers, and stays with it as long as it does. Threads may share it.

    Every method raises `NoServer` when none of the servers answers, `UnknownClient` for a hostname nobody has heard of,
    `BadHostname` for one that nobody can have, `NotSignedIn` when the server wants a token or does not know this one,
    `NotAllowed` when the token does not reach so far, `NotOffered` when the server is too old for the request,
    `Refused` with the server's reason for every other error answer, and `BadAnswer` for what is no answer of ours; all
    of them are `FleetError`s.
    """

    def __init__(
        self,
        servers: Sequence[str],
        timeout: float = 10.0,
        transport: httpx2.BaseTransport | None = None,
        *,
        token: str = "",
        server_ca: str = "",
    ) -> None:
        """`token` is shown to each server that is asked.

        `server_ca` is a file with the authority that servers with `https://` must have their certificates from. Empty:
        one that the system trusts. Raises `BadSetting` for a file that is none.
        """
        self._servers = ServerList(servers, timeout, transport, token, Trust(server_ca))

    @classmethod
    def of(cls, settings: CliSettings, transport: httpx2.BaseTransport | None = None) -> FleetClient:
        """The one that `api_config.py` and the environment describe.

        Raises `BadSetting`, too, when a token would go to another machine without TLS.
        """
        if settings.api_token:
            check_plaintext(settings, "API_TOKEN")
        return cls(
            settings.api_servers,
            settings.api_timeout,
            transport,
            token=settings.api_token,
            server_ca=settings.server_ca,
        )

    @property
    def server(self) -> str:
        """The server that is asked first: the one that answered last."""
        return self._servers.current

    def clients(self) -> list[ClientState]:
        """All clients as last known, by hostname."""
        return self._ask("GET", paths.CLIENTS).decoded(_clients)

    def clients_if_changed(self, tag: str) -> tuple[str, list[ClientState] | None]:
        """All clients and the tag of this list; None in place of the list when `tag` is still the newest."""
        answer = self._ask("GET", paths.CLIENTS, headers={"If-None-Match": tag} if tag else {})
        if answer.status == httpx2.codes.NOT_MODIFIED:
            return tag, None
        return answer.headers.get("etag", ""), answer.decoded(_clients)

    def client(self, hostname: str) -> ClientState:
        """One client as last known."""
        return self._ask("GET", _path(hostname)).decoded(_client)

    def status(self, hostname: str) -> ClientStatus:
        """One client, asked at this moment; `source` says whether it answered."""
        return self._ask("GET", f"{_path(hostname)}/status").decoded(_status)

    def set_dnd(self, hostname: str, enabled: bool, wish: Mapping[str, str] | None = None) -> DndAnswer:
        """Switch Do Not Disturb. What the phone made of it, good or bad, is the answer's `outcome`.

        `wish` may say more: for, until, reason, queue_for, enforce, such as {"for": "30m", "reason": "lunch"}.
        """
        path = f"{_path(hostname)}/set_dnd"
        answer = self._servers.ask("POST", path, params={"enabled": str(enabled).lower(), **(wish or {})})
        told = answer.problem
        if told is not None and told.outcome is not None:
            return DndAnswer(
                told.hostname or hostname, _outcome(DndOutcome, answer, told.outcome), told.dnd, told.detail
            )
        return checked(answer, path).decoded(_dnd_answer)

    def telephone(self, hostname: str, command: TelephoneCommand) -> TelephoneAnswer:
        """Have the client's MicroSIP do something. What became of it, good or bad, is the answer's `outcome`.

        Raises `AnswerLost` when the connection breaks after it was sent: nobody is called a second time by chance.
        """
        path = f"{_path(hostname)}/telephone"
        answer = self._servers.ask("POST", path, body=encode(command), repeatable=False)
        told = answer.problem
        if told is not None and told.outcome is not None:
            outcome = _outcome(TelephoneOutcome, answer, told.outcome)
            return TelephoneAnswer(told.hostname or hostname, command.action, outcome, told.detail)
        return checked(answer, path).decoded(decode_telephone_answer)

    def set_dnd_of_many(self, wish: Mapping[str, Any]) -> BulkAnswer:
        """Switch Do Not Disturb of many: enabled, and whom (hostnames, group, status, label, all).

        Also dry_run, and minimum_available, which raises `Refused` when fewer would stay online.
        """
        return self._many(paths.SET_DND_OF_MANY, wish, repeatable=True)

    def display_message_to_many(self, wish: Mapping[str, Any]) -> BulkAnswer:
        """Show a message to many: message, as for one client, and whom. Raises `AnswerLost`, too."""
        return self._many(paths.DISPLAY_MESSAGE_TO_MANY, wish, repeatable=False)

    def wish(self, hostname: str) -> ClientWish:
        """What is wished for the DND of a client, and the last wishes that ended."""
        return self._ask("GET", f"{_path(hostname)}/wish").decoded(_wish)

    def cancel_wish(self, hostname: str) -> ClientWish:
        """End the wish for the DND of a client now, as if its time was over."""
        return self._ask("DELETE", f"{_path(hostname)}/wish").decoded(_wish)

    def all_calls(self, filters: Mapping[str, str | int]) -> Iterator[Call]:
        """Calls, newest first, page after page.

        Filters: hostname, extension, number, direction, from, to, min_duration, limit of a page.
        """
        return self._pages(paths.CALLS, filters, _calls)

    def calls_as_csv(self, filters: Mapping[str, str | int], take: Take) -> None:
        """All calls as a table for spreadsheets, in pieces of bytes as they come. Filters as in `all_calls`.

        Raises `AnswerCutOff`, too, when it breaks off.
        """
        checked(self._servers.ask("GET", paths.CALLS, params={**filters, "format": "csv"}, take=take), paths.CALLS)

    def history(self, hostname: str, filters: Mapping[str, str | int]) -> Iterator[StatusChange]:
        """The changes of a client's status, newest first, page after page. Filters: from, to, limit of a page."""
        return self._pages(f"{_path(hostname)}/history", filters, _changes)

    def send_calls(self, calls: Sequence[Call]) -> set[str]:
        """Store these calls; gives the ids of those that are in the database now.

        A server takes 500 at once and at most 1 MiB, which a hundred never exceed. Sending one twice is harmless: its
        `id` is the same.
        """
        return set(self._ask("POST", paths.CALLS, body=encode(list(calls))).decoded(decode_calls_taken).committed)

    def stats(self, filters: Mapping[str, str | int]) -> Stats:
        """Statistics of today so far, or of another period. Filters: from, to, tz, hostname."""
        return self._ask("GET", paths.STATS, params=filters).decoded(_stats)

    def get_setting(self, hostname: str, section: str, names: Sequence[str]) -> SettingsAnswer:
        """Settings of the client's MicroSIP; no names: all of the section."""
        body = {"section": section, **({"names": list(names)} if names else {})}
        return self._ask("POST", f"{_path(hostname)}/get_setting", body=encode(body)).decoded(decode_settings_answer)

    def display_message(self, hostname: str, message: Mapping[str, Any]) -> MessageAnswer:
        """Show a message on the client's desktop: title, text, severity, timeout, buttons.

        What became of it, shown or not, is the answer's `outcome`.
        Raises `AnswerLost` when the connection breaks after it was sent: it is not shown a second time by chance.
        """
        path = f"{_path(hostname)}/display_message"
        answer = self._servers.ask("POST", path, body=encode(message), repeatable=False)
        told = answer.problem
        if told is not None and told.outcome is not None and told.id is not None:
            outcome = _outcome(MessageOutcome, answer, told.outcome)
            return MessageAnswer(told.hostname or hostname, told.id, outcome, told.detail)
        return checked(answer, path).decoded(decode_message_answer)

    def groups(self) -> list[GroupSize]:
        """All groups by name."""
        return self._ask("GET", paths.GROUPS).decoded(_groups)

    def group(self, name: str) -> Group:
        """Who is in a group."""
        return self._ask("GET", paths.group(name)).decoded(_group)

    def put_group(self, name: str, members: Sequence[str]) -> Group:
        """Make a group of these, or let it have these members and no others."""
        return self._ask("PUT", paths.group(name), body=encode({"members": list(members)})).decoded(_group)

    def change_group(self, name: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Group:
        """Let some into a group and others out of it."""
        body = encode({"add": list(add), "remove": list(remove)})
        return self._ask("PATCH", f"{paths.group(name)}/members", body=body).decoded(_group)

    def remove_group(self, name: str) -> Group:
        """Remove a group; gives it as it was."""
        return self._ask("DELETE", paths.group(name)).decoded(_group)

    def labels(self, hostname: str) -> Labels:
        """The labels of a client."""
        return self._ask("GET", f"{_path(hostname)}/labels").decoded(_labels)

    def change_labels(self, hostname: str, changes: Mapping[str, str | None]) -> Labels:
        """Set labels of a client; None takes one away."""
        body = encode({"labels": dict(changes)})
        return self._ask("PATCH", f"{_path(hostname)}/labels", body=body).decoded(_labels)

    def schedules(self) -> list[Schedule]:
        """All schedules by name."""
        return self._ask("GET", paths.SCHEDULES).decoded(_schedules)

    def put_schedule(self, name: str, wish: Mapping[str, Any]) -> Schedule:
        """Make or change a schedule: group, days, start, end, tz, exceptions, reason."""
        return self._ask("PUT", paths.schedule(name), body=encode(wish)).decoded(_schedule)

    def remove_schedule(self, name: str) -> Schedule:
        """Remove a schedule, which ends its run; gives it as it was."""
        return self._ask("DELETE", paths.schedule(name)).decoded(_schedule)

    def preview(self, name: str, count: int) -> list[PlannedRun]:
        """The next runs of a schedule."""
        return self._ask("GET", f"{paths.schedule(name)}/preview", params={"count": count}).decoded(_planned)

    def runs(self, name: str, limit: int) -> list[Run]:
        """What became of the newest runs of a schedule."""
        return self._ask("GET", f"{paths.schedule(name)}/runs", params={"limit": limit}).decoded(_runs)

    def webhooks(self) -> list[Webhook]:
        """All webhooks, the oldest first."""
        return self._ask("GET", paths.WEBHOOKS).decoded(_webhooks)

    def add_webhook(self, url: str, kinds: Sequence[str]) -> CreatedWebhook:
        """Have a URL called for events of these kinds, or of all. Its secret is in this answer and in no other.

        Raises `AnswerLost` when the connection breaks after it was sent: no second one is made by chance.
        """
        body = encode({"url": url, "kinds": list(kinds)})
        return self._ask("POST", paths.WEBHOOKS, body=body, repeatable=False).decoded(_created_webhook)

    def remove_webhook(self, id: str) -> None:
        """Remove a webhook, with all its deliveries."""
        self._ask("DELETE", paths.webhook(id))

    def deliveries(self, webhook_id: str, filters: Mapping[str, str | int]) -> list[Delivery]:
        """The newest deliveries of a webhook. Filters: state, limit."""
        return self._ask("GET", f"{paths.webhook(webhook_id)}/deliveries", params=filters).decoded(_deliveries)

    def redeliver(self, webhook_id: str, id: str) -> Delivery:
        """Make a delivery once more, whatever became of it."""
        return self._ask("POST", paths.redelivery(webhook_id, id)).decoded(_delivery)

    def audit(self, filters: Mapping[str, str | int]) -> Iterator[AuditRecord]:
        """Rows of the audit log, newest first, page after page. Filters: who, what, hostname, outcome, from, to."""
        before: dict[str, str | int] = {}
        while True:
            answer = self._ask("GET", paths.AUDIT, params={**filters, **before})
            found = answer.decoded(_audit)
            yield from found
            if not found or not answer.headers.get("link"):
                return
            before = {"before": found[-1].seq}

    def audit_csv(self, filters: Mapping[str, str | int]) -> Iterator[str]:
        """The same as CSV, its head first, then page after page."""
        before: dict[str, str | int] = {}
        while True:
            asked = {**filters, "format": "csv", "limit": AUDIT_PAGE, **before}
            answer = self._ask("GET", paths.AUDIT, params=asked)
            head, _, rows = answer.body.decode("utf-8", "replace").partition("\r\n")
            yield rows if before else f"{head}\r\n{rows}"
            lines = rows.removesuffix("\r\n").split("\r\n")
            if len(lines) < AUDIT_PAGE:
                return
            last = lines[-1].partition(",")[0]
            if not last.isdecimal():
                raise BadAnswer(answer.server, "a row of the audit log has no number")
            before = {"before": last}

    def check_audit(self, anchor: str | None = None) -> AuditCheck:
        """Whether the audit log is whole; `anchor` is number and hash of a row as they were: `1027:9f2c…`."""
        return self._ask("GET", paths.AUDIT_CHECK, params={"anchor": anchor} if anchor else {}).decoded(_audit_check)

    def privacy_export(self, subject: Mapping[str, str]) -> PrivacyExport:
        """Everything that is kept about an extension or a number, one of them."""
        return self._ask("POST", paths.PRIVACY_EXPORT, body=encode(dict(subject))).decoded(_privacy_export)

    def privacy_erase(self, subject: Mapping[str, str], *, dry_run: bool) -> PrivacyErasureReport:
        """Erase that, or tell what would be erased."""
        body = encode({**subject, "dry_run": dry_run})
        return self._ask("POST", paths.PRIVACY_ERASE, body=body).decoded(_privacy_report)

    def make_join_token(self, wish: Mapping[str, Any]) -> CreatedJoinToken:
        """A join token, shown this once: name, uses, hours, servers. Not repeated by chance."""
        answer = self._ask("POST", paths.JOIN_TOKENS, body=encode(wish), repeatable=False)
        return answer.decoded(decode_created_join_token)

    def join_tokens(self) -> list[JoinTokenState]:
        """All join tokens, the oldest first."""
        return self._ask("GET", paths.JOIN_TOKENS).decoded(_join_tokens)

    def revoke_join_token(self, id: str) -> JoinTokenState:
        """Nobody comes in by it any more."""
        return self._ask("DELETE", f"{paths.JOIN_TOKENS}/{quote(id, safe='')}").decoded(_join_token)

    def agents(self) -> list[Agent]:
        """The agents with a key, by name."""
        return self._ask("GET", paths.AGENTS).decoded(_agents)

    def pending_agents(self) -> list[PendingAgent]:
        """The agents that ask to be let in, the oldest first."""
        return self._ask("GET", paths.PENDING_AGENTS).decoded(_pending_agents)

    def approve_agent(self, id: str) -> Agent:
        """Let in one that asks."""
        return self._ask("POST", f"{paths.PENDING_AGENTS}/{quote(id, safe='')}/approve").decoded(_agent)

    def refuse_agent(self, id: str) -> PendingAgent:
        """Refuse one that asks, for a day."""
        return self._ask("POST", f"{paths.PENDING_AGENTS}/{quote(id, safe='')}/refuse").decoded(_pending_agent)

    def revoke_agent(self, id: str) -> Agent:
        """The key of an agent is good for nothing from now on."""
        return self._ask("DELETE", f"{paths.AGENTS}/{quote(id, safe='')}").decoded(_agent)

    def close(self) -> None:
        self._servers.close()

    def __enter__(self) -> FleetClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _pages(self, path: str, filters: Mapping[str, str | int], decoder: Decoder[list[Item]]) -> Iterator[Item]:
        cursor: str | None = None
        while True:
            answer = self._ask("GET", path, params={**filters, **({"cursor": cursor} if cursor else {})})
            yield from answer.decoded(decoder)
            # A server that names the same place again would keep us here for ever.
            if (next := _next_cursor(answer.headers.get("link", ""))) is None or next == cursor:
                return
            cursor = next

    def _many(self, path: str, wish: Mapping[str, Any], *, repeatable: bool) -> BulkAnswer:
        # As a stream: while results come, no silence is so long that the server would seem to be gone.
        headers = {"Accept": NDJSON}
        answer = self._ask("POST", path, headers=headers, body=encode(wish), repeatable=repeatable)
        try:
            lines = [_bulk_line(line) for line in answer.body.splitlines()]
        except BadMessage as error:
            raise BadAnswer(answer.server, str(error)) from None
        results = sorted((line.result for line in lines if line.result), key=lambda one: one.hostname)
        if not lines or (told := lines[-1].summary) is None or told.addressed != len(results):
            raise BadAnswer(answer.server, f"it ends after {len(results)} results")
        return BulkAnswer(told.addressed, told.done, told.failed, told.dry_run, results)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        repeatable: bool = True,
    ) -> ServerAnswer:
        answer = self._servers.ask(method, path, params=params, headers=headers, body=body, repeatable=repeatable)
        return checked(answer, path)


def _path(hostname: str) -> str:
    """The path of this client; raises `BadHostname` before anything is sent."""
    try:
        check_hostname(hostname)
    except ValueError as error:
        raise BadHostname(hostname, str(error)) from None
    return paths.client(hostname)


def _outcome(kind: type[Outcome], answer: ServerAnswer, text: str) -> Outcome:
    try:
        return kind(text)
    except ValueError:
        raise BadAnswer(answer.server, f"its outcome is {text[:50]!r}") from None


def checked(answer: ServerAnswer, path: str) -> ServerAnswer:
    """The answer if it is no error; raises the `FleetError` that it tells of."""
    told = answer.problem
    if told is None:
        return answer
    if told.code in (ProblemCode.NOT_FOUND.value, ProblemCode.METHOD_NOT_ALLOWED.value):
        raise NotOffered(answer.server, path.rpartition("/")[2])
    raise _REFUSALS.get(told.code, Refused)(told)


def _next_cursor(link: str) -> str | None:
    """The cursor in a `Link` header with rel="next". Only the cursor is taken from it, never the address."""
    for part in link.split(","):
        address, _, relation = part.partition(";")
        if 'rel="next"' in relation.replace(" ", "") or "rel=next" in relation:
            found = parse_qs(urlsplit(address.strip(" <>")).query).get("cursor")
            return found[0] if found else None
    return None

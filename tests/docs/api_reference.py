"""Reads docs/API_REFERENCE.md as the operations it describes, and the code as what there is to describe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from microsip_manager.agent.http_api import ENABLED
from microsip_manager.server import openapi
from microsip_manager.wire.clients import AgentStatus
from microsip_manager.wire.commands import DndAnswer, SetDnd
from microsip_manager.wire.messages import DisplayMessage, MessageAnswer, MessageReport
from microsip_manager.wire.phone_settings import GetSetting, SettingsAnswer
from microsip_manager.wire.problems import Problem, ProblemCode
from microsip_manager.wire.telephone import TelephoneAnswer, TelephoneCommand
from tests.docs.markdown import Page, Section
from tests.docs.test_readme import api_of_server

REFERENCE = Page("docs/API_REFERENCE.md")
SERVER, AGENT = "Server, port 8083", "Agent, port 8084"
OF_THE_AGENT: dict[str, tuple[type[msgspec.Struct] | None, type[msgspec.Struct] | None]] = {
    "GET /health": (None, None),
    "GET /api/status": (None, AgentStatus),
    "POST /api/set_dnd": (SetDnd, DndAnswer),
    "POST /api/get_setting": (GetSetting, SettingsAnswer),
    "POST /api/display_message": (DisplayMessage, MessageAnswer),
    "GET /api/messages/{id}": (None, MessageReport),
    "POST /api/telephone": (TelephoneCommand, TelephoneAnswer),
}
"""What each takes and answers. The server has its document for that; the agent has none."""

QUERIES_OF_THE_AGENT: dict[str, dict[str, dict[str, Any]]] = {"POST /api/set_dnd": {"enabled": {"enum": list(ENABLED)}}}

_LIMITS = {"minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"}
_DOCUMENT: dict[str, Any] = api_of_server().openapi()
# The agent takes a message that the server's document does not know.
_OF_THE_AGENT = msgspec.json.schema_components((SetDnd,), ref_template="#/components/schemas/{name}")[1]
_SCHEMAS: dict[str, Any] = {**_OF_THE_AGENT, **_DOCUMENT["components"]["schemas"]}
_STRUCTS: dict[str, type[msgspec.Struct]] = {message.__name__: message for message in openapi.MESSAGES}


@dataclass(frozen=True)
class Operation:
    """One request as the page describes it."""

    program: str
    section: Section

    @property
    def name(self) -> str:
        return self.section.title.strip("`")

    @property
    def promised(self) -> dict[str, Any] | None:
        """What the server's own document says of it; None for a page, and at the agent."""
        method, path = self.name.split(" ")
        found: dict[str, Any] | None = _DOCUMENT["paths"].get(path, {}).get(method.lower())
        return found if self.program == SERVER else None

    @property
    def takes(self) -> Any:
        """The type of its body; None when it takes none."""
        if self.program == AGENT:
            return OF_THE_AGENT[self.name][0]
        return _type_of((self.promised or {}).get("requestBody"))

    @property
    def answers(self) -> Any:
        """The type of its answer; None where that is no message of the wire."""
        if self.program == AGENT:
            return OF_THE_AGENT[self.name][1]
        answers = (self.promised or {}).get("responses", {})
        return _type_of(answers.get("200") or answers.get("201"))

    @property
    def parameters(self) -> list[tuple[str, dict[str, Any]]]:
        """Its query parameters and then the fields of its body, with their schemas."""
        if self.program == AGENT:
            query = QUERIES_OF_THE_AGENT.get(self.name, {})
        else:
            listed = (self.promised or {}).get("parameters", [])
            query = {each["name"]: each["schema"] for each in listed if each["in"] == "query"}
        return [*query.items(), *self._fields.items()]

    @property
    def _fields(self) -> dict[str, dict[str, Any]]:
        if self.takes is None:
            return {}
        found: dict[str, dict[str, Any]] = _SCHEMAS[_struct(self.takes).__name__]["properties"]
        return found

    @property
    def required(self) -> set[str]:
        """The fields its body must have."""
        return (
            {field.encode_name for field in msgspec.structs.fields(_struct(self.takes)) if field.required}
            if self.takes
            else set()
        )

    @property
    def errors(self) -> set[str]:
        """The codes it names as its own."""
        [line] = re.findall(r"^Errors: (.+?)\.$", self.section.text, re.MULTILINE | re.DOTALL)
        return set(re.findall(r"`([^`]+)`", line))

    @property
    def promised_errors(self) -> set[str]:
        """The codes that the server's document has for it, without those that are every request's."""
        answers = (self.promised or {}).get("responses", {}).values()
        contents = [answer.get("content", {}).get("application/problem+json", {}) for answer in answers]
        return {code for content in contents for code in content.get("examples", {})} - {
            code.value
            for code in (
                ProblemCode.PROTECTED_MODE,
                ProblemCode.NOT_SIGNED_IN,
                ProblemCode.NOT_ALLOWED,
                ProblemCode.TOO_MANY_REQUESTS,
                ProblemCode.NEEDS_TLS,
            )
        }


OF_THEIR_OWN = {"PhoneState", "CallNow"}
"""Messages inside others that have a table of their own."""


def operations() -> list[Operation]:
    """The operations in the order of the page, each with the program under whose heading it stands."""
    found, program = [], ""
    for section in REFERENCE.sections:
        if section.level == 2:
            program = section.title
        elif section.level == 3:
            found.append(Operation(program, section))
    return found


def examples() -> list[tuple[str, str, Any]]:
    """Where each JSON example stands, the example, and the type it has; None where that is no message of the wire."""
    of_operations = [(one.name, one.section, one.answers) for one in operations()]
    sections = [*of_operations, ("Errors", REFERENCE.section("Errors"), Problem)]
    return [
        (name, block.text, kind)
        for name, section, kind in sections
        for block in section.blocks
        if block.language == "json"
    ]


def limits_of(kind: str) -> dict[str, set[str]]:
    """The limits of each field of a message."""
    return {name: limits(schema) for name, schema in _DOCUMENT["components"]["schemas"][kind]["properties"].items()}


def limits(schema: Any) -> set[str]:
    """The figures and words to which a schema, with all it refers to, limits a value."""
    if isinstance(schema, list):
        return set().union(*(limits(part) for part in schema))
    if not isinstance(schema, dict):
        return set()
    if "$ref" in schema and _name(schema) in OF_THEIR_OWN:
        return set()  # its table is elsewhere on the page
    if "$ref" in schema:
        return limits(_SCHEMAS[schema["$ref"].rpartition("/")[2]])
    own = {str(value) for key, value in schema.items() if key in _LIMITS and value != 0}
    return own | {str(word) for word in schema.get("enum", [])} | limits([*schema.values()])


def _type_of(message: dict[str, Any] | None) -> Any:
    schema = (message or {}).get("content", {}).get("application/json", {}).get("schema", {})
    if schema.get("type") == "array":
        return list[_STRUCTS[_name(schema["items"])]]  # type: ignore[misc] # a type made at run time
    return _STRUCTS[_name(schema)] if "$ref" in schema else None


def _name(schema: dict[str, str]) -> str:
    return schema["$ref"].rpartition("/")[2]


def _struct(kind: Any) -> type[msgspec.Struct]:
    found: type[msgspec.Struct] = (
        kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else kind.__args__[0]
    )
    return found

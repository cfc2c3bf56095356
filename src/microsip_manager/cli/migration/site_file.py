"""Changes values in `api_config.py` and leaves every comment where a person put it."""

from __future__ import annotations

import ast
import io
import json
import os
import shutil
import tempfile
import tokenize
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from microsip_manager.cli.migration.errors import Unreadable


def values_in(file: Path, text: str) -> dict[str, Any]:
    """The plain values that the file gives to names; raises `Unreadable`."""
    found = {}
    for name, node in _assignments(file, text).items():
        try:
            found[name] = ast.literal_eval(node)
        except ValueError:
            continue  # computed by the file itself: not ours to judge
    return found


def changed(file: Path, text: str, wanted: Mapping[str, Any]) -> str:
    """The text with these values; what has them already stays untouched, to the letter. Raises `Unreadable`."""
    for name, value in wanted.items():
        if values_in(file, text).get(name) == value:
            continue
        node = _assignments(file, text).get(name)
        if node is None:
            text = f"{text.rstrip()}\n\n{name} = {_written(value, [])}\n"
        else:
            begin, end = _span(text, node)
            text = text[:begin] + _written(value, _comments(text[begin:end])) + text[end:]
    return text


def replace_with_backup(file: Path, text: str) -> Path:
    """Write the text, whole or not at all; gives the copy of what was there before."""
    backup = next(
        name for number in range(1, 10000) if not (name := file.with_name(f"{file.name}.bak{number}")).exists()
    )
    shutil.copy2(file, backup)
    handle, made = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as new:
            new.write(text)
        shutil.copymode(file, made)
        Path(made).replace(file)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
    return backup


def _assignments(file: Path, text: str) -> dict[str, ast.expr]:
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise Unreadable(file, f"line {error.lineno}", error.msg) from None
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _span(text: str, node: ast.expr) -> tuple[int, int]:
    """Where the node stands in the text. Its columns count bytes of UTF-8."""
    # Only these end a line for Python itself; `splitlines` knows more.
    lines = [f"{line}\n" for line in text.split("\n")]

    def at(line: int, column: int) -> int:
        before = sum(len(one) for one in lines[: line - 1])
        return before + len(lines[line - 1].encode()[:column].decode())

    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)


def _comments(source: str) -> list[str]:
    """The comments inside a value that goes over several lines."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def _written(value: Any, comments: list[str]) -> str:
    if not isinstance(value, list):
        return _quoted(value)
    lines = [f"    {_quoted(one)}," for one in value] + [f"    {comment}" for comment in comments]
    return "\n".join(["[", *lines, "]"])


def _quoted(value: Any) -> str:
    # With double quotes, as the rest of the file has them. JSON's escapes are Python's, too.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)

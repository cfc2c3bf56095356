"""Reads our Markdown pages: headings, code blocks, tables, links. Only as much of Markdown as they use."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCED = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_INLINE_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced code block."""

    language: str
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def without_comments(self) -> Block:
        return Block(self.language, "\n".join(line for line in self.lines if not line.startswith("#")))


@dataclass(frozen=True)
class Section:
    """From one heading to the next. Its text is without its code blocks."""

    level: int
    title: str
    text: str
    blocks: tuple[Block, ...] = ()

    @property
    def codes(self) -> list[str]:
        return _INLINE_CODE.findall(self.text)

    @property
    def rows(self) -> list[list[str]]:
        """The rows of its tables, without the heads; code in a cell without its backticks."""
        lines = [line for line in self.text.splitlines() if line.startswith("|")]
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        rules = [number for number, row in enumerate(cells) if set("".join(row)) == {"-"}]
        heads = {number - 1 for number in rules}
        return [
            [_whole_code(cell) for cell in row] for number, row in enumerate(cells) if number not in {*rules, *heads}
        ]


@dataclass(frozen=True)
class Page:
    name: str

    @cached_property
    def text(self) -> str:
        return (ROOT / self.name).read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[Block]:
        return _blocks(self.text)

    @cached_property
    def sections(self) -> list[Section]:
        fences = [(fence.start(), fence.end()) for fence in _FENCED.finditer(self.text)]
        found = [
            heading
            for heading in _HEADING.finditer(self.text)
            if not any(start < heading.start() < end for start, end in fences)
        ]
        ends = [heading.start() for heading in found[1:]] + [len(self.text)]
        return [_section(heading, self.text[heading.end() : end]) for heading, end in zip(found, ends, strict=True)]

    def section(self, title: str) -> Section:
        [found] = [section for section in self.sections if section.title == title]
        return found

    @cached_property
    def codes(self) -> list[str]:
        return [code for section in self.sections for code in section.codes]

    @cached_property
    def links(self) -> list[str]:
        return _LINK.findall(_FENCED.sub("", self.text))

    @cached_property
    def anchors(self) -> set[str]:
        """The anchors of its headings, as code hosts make them."""
        return {re.sub(r"[^\w\- ]", "", section.title.lower()).replace(" ", "-") for section in self.sections}


def _section(heading: re.Match[str], content: str) -> Section:
    return Section(len(heading[1]), heading[2], _FENCED.sub("", content), tuple(_blocks(content)))


def _blocks(text: str) -> list[Block]:
    return [Block(found["language"], textwrap.dedent(found["text"])) for found in _FENCED.finditer(text)]


def _whole_code(cell: str) -> str:
    return cell[1:-1] if re.fullmatch(_INLINE_CODE, cell) else cell

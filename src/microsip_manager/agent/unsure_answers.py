"""Answers of which the agent cannot know yet whether they reached the server. Pure.

A network that is cut swallows what was sent into it. So an answer is kept until the server has answered something that
was said after it, and is said again over the next link. The server knows an answer by its id and takes it once.
"""

from __future__ import annotations

from collections import deque

from microsip_manager.wire.link import Answer

KEPT = 8
"""More commands are not carried out at the same time; a server that asks faster than it listens loses the oldest."""


class UnsureAnswers:
    """The answers said over the present link, and those of the link before until they are said again."""

    def __init__(self) -> None:
        self._kept: deque[tuple[int, Answer]] = deque(maxlen=KEPT)

    def said(self, answer: Answer, after: int) -> None:
        """An answer went out, or could not, when so many reports and beats had been said over this link."""
        self._kept.append((after, answer))

    def heard(self, answered: int) -> None:
        """The server has answered so many of them: what was said before the last of those has arrived."""
        while self._kept and self._kept[0][0] < answered:
            self._kept.popleft()

    def take(self) -> list[Answer]:
        """What is to be said again, for a new link has begun."""
        again = [answer for _, answer in self._kept]
        self._kept.clear()
        return again

"""The stream of events as the pages read it: whatever the network makes of its pieces."""

from __future__ import annotations

import pytest

from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow

FEED = """async ([length, text]) => {
    const { cutter } = await import(`${document.body.dataset.static}/js/event_stream.js`);
    const [cut, found] = [cutter(), []];
    for (let at = 0; at < text.length; at += length) found.push(...cut(text.slice(at, at + length)));
    return found;
}"""


@pytest.mark.parametrize("length", [1, 2, 3, 7, 100])
def test_frames_are_whole_wherever_they_are_cut(page_of: PageOf, length: int) -> None:
    page = page_of()
    page.goto("/groups")

    found = page.evaluate(FEED, [length, "id: 1\ndata: {}\n\n: quiet\n\nid: 2\ndata: []\n\nid: 3\n"])

    assert found == ["id: 1\ndata: {}", ": quiet", "id: 2\ndata: []"]

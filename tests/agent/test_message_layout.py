"""The layout of a message's window."""

from __future__ import annotations

import pytest

from microsip_manager.agent.message_layout import MARGIN, WIDTH, Box, Layout, Measures, layout, scaled


def arranged(
    dpi: int = 96, title: int = 20, text: int = 45, labels: tuple[int, ...] = (30,), screen: int = 800
) -> Layout:
    return layout(Measures(dpi, title, text, labels, screen))


def inside(inner: Box, outer: Box) -> bool:
    right, bottom = inner.x + inner.width, inner.y + inner.height
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and right <= outer.x + outer.width
        and bottom <= outer.y + outer.height
    )


def apart(one: Box, other: Box) -> bool:
    return (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


@pytest.mark.parametrize("dpi", [96, 120, 144, 192, 288])
@pytest.mark.parametrize("labels", [(20,), (30, 80), (200, 200, 200), (2000, 5)])
@pytest.mark.parametrize("text", [10, 45, 100_000])
@pytest.mark.parametrize("title", [0, 20])
def test_all_is_inside_and_nothing_lies_on_anything_else(
    dpi: int, labels: tuple[int, ...], text: int, title: int
) -> None:
    widths = tuple(scaled(label, dpi) for label in labels)
    found = arranged(dpi, title, text, widths, screen=scaled(800, dpi))
    whole = Box(0, 0, found.width, found.height)
    boxes = [found.icon, found.title, found.text, *found.buttons]

    assert found.width == scaled(WIDTH, dpi)
    assert all(inside(box, whole) for box in boxes)
    assert all(inside(button, found.band) for button in found.buttons)
    assert all(apart(one, other) for place, one in enumerate(boxes) for other in boxes[place + 1 :])
    assert apart(found.text, found.band)


def test_buttons_stand_in_a_row_at_the_right_in_their_order() -> None:
    first, second = arranged(labels=(30, 80)).buttons

    assert first.y == second.y
    assert first.x < second.x
    assert second.x + second.width == WIDTH - MARGIN


def test_long_labels_stand_below_each_other() -> None:
    boxes = arranged(labels=(200, 200, 200)).buttons

    assert len({box.x for box in boxes}) == 1
    assert [box.y for box in boxes] == sorted({box.y for box in boxes})


def test_a_long_text_is_scrolled_and_the_window_stays_on_the_screen() -> None:
    short, long = arranged(text=45), arranged(text=5000)

    assert (short.scrolls, long.scrolls) == (False, True)
    assert short.text.height == 45
    assert long.height <= 800 * 0.65


def test_a_single_line_without_a_title_stands_beside_the_middle_of_the_sign() -> None:
    found = arranged(title=0, text=16)

    assert found.text.y + 8 == found.icon.y + found.icon.height // 2

"""Where everything of a message's window stands. Pure: measures go in, boxes come out, all in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 460
MARGIN = 20
ICON = 32
ICON_GAP = 16
TITLE_GAP = 8
BAND_MARGIN = 14
BUTTON_HEIGHT = 32
BUTTON_GAP = 10
SMALLEST_BUTTON = 92
LABEL_MARGIN = 16
SCREEN_SHARE = 0.6
"""How much of the screen's height a window may take before its text is to be scrolled."""

FROM_TOP = 0.12
"""The window stands at the right edge and this far from the top: MicroSIP and Windows have the corner below."""

DOTS = 96
"""All measures above are for a screen of so many dots per inch."""


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Measures:
    """What only the screen can tell."""

    dpi: int
    title_height: int
    """0 without a title."""
    text_height: int
    label_widths: Sequence[int]
    screen_height: int


@dataclass(frozen=True)
class Layout:
    """The inside of the window, and what stands in it."""

    width: int
    height: int
    icon: Box
    title: Box
    text: Box
    scrolls: bool
    """The text is longer than its box."""
    band: Box
    """The strip behind the buttons."""
    buttons: list[Box]


def scaled(size: float, dpi: int) -> int:
    return round(size * dpi / DOTS)


def text_width(dpi: int) -> int:
    """The width that title and text have."""
    return scaled(WIDTH, dpi) - scaled(MARGIN, dpi) * 2 - scaled(ICON, dpi) - scaled(ICON_GAP, dpi)


def layout(of: Measures) -> Layout:
    def px(size: float) -> int:
        return scaled(size, of.dpi)

    width, left, text_left = px(WIDTH), px(MARGIN), px(MARGIN) + px(ICON) + px(ICON_GAP)
    title_gap = px(TITLE_GAP) if of.title_height else 0
    title = Box(text_left, left, text_width(of.dpi), of.title_height)
    band_height = _band_height(of)
    above = left + of.title_height + title_gap
    room = max(px(ICON), round(of.screen_height * SCREEN_SHARE) - above - left - band_height)
    text_height = min(of.text_height, room)
    # A single line stands beside the middle of the sign.
    down = max(0, (px(ICON) - text_height) // 2) if not of.title_height else 0
    text = Box(text_left, above + down, text_width(of.dpi), text_height)
    band_top = max(text.y + text_height, left + px(ICON)) + left
    return Layout(
        width=width,
        height=band_top + band_height,
        icon=Box(left, left, px(ICON), px(ICON)),
        title=title,
        text=text,
        scrolls=of.text_height > room,
        band=Box(0, band_top, width, band_height),
        buttons=_buttons(of, band_top),
    )


def _button_widths(of: Measures) -> list[int]:
    margin = 2 * scaled(LABEL_MARGIN, of.dpi)
    widest = scaled(WIDTH, of.dpi) - 2 * scaled(MARGIN, of.dpi)
    return [min(widest, max(scaled(SMALLEST_BUTTON, of.dpi), label + margin)) for label in of.label_widths]


def _in_a_row(of: Measures) -> bool:
    widths = _button_widths(of)
    gaps = scaled(BUTTON_GAP, of.dpi) * (len(widths) - 1)
    return sum(widths) + gaps <= scaled(WIDTH, of.dpi) - 2 * scaled(MARGIN, of.dpi)


def _band_height(of: Measures) -> int:
    rows = 1 if _in_a_row(of) else len(of.label_widths)
    gaps = scaled(BUTTON_GAP, of.dpi) * (rows - 1)
    return 2 * scaled(BAND_MARGIN, of.dpi) + rows * scaled(BUTTON_HEIGHT, of.dpi) + gaps


def _buttons(of: Measures, band_top: int) -> list[Box]:
    """In a row at the right, or below each other when the labels are too long for that."""
    widths, gap, height = _button_widths(of), scaled(BUTTON_GAP, of.dpi), scaled(BUTTON_HEIGHT, of.dpi)
    right = scaled(WIDTH, of.dpi) - scaled(MARGIN, of.dpi)
    top = band_top + scaled(BAND_MARGIN, of.dpi)
    if not _in_a_row(of):
        widest = max(widths)
        return [Box(right - widest, top + place * (height + gap), widest, height) for place in range(len(widths))]
    boxes = []
    x = right - sum(widths) - gap * (len(widths) - 1)
    for width in widths:
        boxes.append(Box(x, top, width, height))
        x += width + gap
    return boxes

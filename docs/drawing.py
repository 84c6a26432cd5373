"""Drawing boxes and arrows as SVG: places are given, lines find their way from border to border.

A picture has a light ground of its own, so that it can be read on light and dark pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

FONT = "font-family='Inter, Segoe UI, Helvetica, Arial, sans-serif'"
LETTER = 6.6
"""How wide a letter is, in a text of 12 pixels."""
COLOURS = {
    "plain": ("#ffffff", "#64748b"),
    "ours": ("#dbeafe", "#2563eb"),
    "good": ("#dcfce7", "#15803d"),
    "bad": ("#fee2e2", "#b91c1c"),
    "wait": ("#fef9c3", "#a16207"),
    "store": ("#ede9fe", "#6d28d9"),
}
"""The fill and the line of each kind of box."""


@dataclass(frozen=True)
class Box:
    """A box around a text, by its middle; lines of the text after the first are small."""

    x: float
    y: float
    text: str
    kind: str = "plain"
    width: float = 130
    height: float = 44

    def svg(self) -> str:
        fill, line = COLOURS[self.kind]
        left, top = self.x - self.width / 2, self.y - self.height / 2
        first, *rest = self.text.split("\n")
        words = [_text(self.x, self.y + 4 - 8 * len(rest), first, bold=True)]
        words += [
            _text(self.x, self.y + 4 + 8 * (2 * number + 2 - len(rest)), line) for number, line in enumerate(rest)
        ]
        shape = f"<rect x='{left:g}' y='{top:g}' width='{self.width:g}' height='{self.height:g}' rx='8'"
        return "\n".join([f"{shape} fill='{fill}' stroke='{line}' stroke-width='1.5'/>", *words])

    def border(self, towards: tuple[float, float]) -> tuple[float, float]:
        """Where a line from the middle towards a point leaves the box."""
        dx, dy = towards[0] - self.x, towards[1] - self.y
        if not dx and not dy:
            return self.x, self.y
        reach = min(self.width / 2 / abs(dx) if dx else 9e9, self.height / 2 / abs(dy) if dy else 9e9)
        return self.x + dx * reach, self.y + dy * reach


@dataclass(frozen=True)
class Arrow:
    """An arrow from one box to another, with words beside it; `bend` moves its middle aside, in pixels."""

    start: str
    end: str
    text: str = ""
    bend: float = 0


@dataclass(frozen=True)
class Picture:
    """Boxes by their names, and the arrows between them."""

    title: str
    width: int
    height: int
    boxes: dict[str, Box]
    arrows: Sequence[Arrow] = field(default_factory=list)

    def svg(self) -> str:
        drawn = [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {self.width} {self.height}' width='{self.width}' "
            f"height='{self.height}' role='img' aria-label='{escape(self.title, quote=True)}' {FONT} font-size='12'>",
            f"<title>{escape(self.title)}</title>",
            "<defs><marker id='tip' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' markerHeight='7' orient='auto'>"
            "<path d='M0 0L8 4L0 8z' fill='#475569'/></marker></defs>",
            f"<rect width='{self.width}' height='{self.height}' rx='12' fill='#f8fafc'/>",
            *(self._arrow(arrow) for arrow in self.arrows),
            *(box.svg() for box in self.boxes.values()),
            *(self._words(arrow) for arrow in self.arrows if arrow.text),
            "</svg>",
        ]
        return "\n".join([*drawn, ""])

    def _arrow(self, arrow: Arrow) -> str:
        start, end, middle = self._course(arrow)
        x1, y1 = start.border(middle)
        x2, y2 = end.border(middle)
        path = f"M{x1:.1f} {y1:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {x2:.1f} {y2:.1f}"
        return f"<path d='{path}' fill='none' stroke='#475569' stroke-width='1.4' marker-end='url(#tip)'/>"

    def _words(self, arrow: Arrow) -> str:
        start, end, (x, y) = self._course(arrow)
        x, y = (start.x + end.x) / 4 + x / 2, (start.y + end.y) / 4 + y / 2
        width = LETTER * len(arrow.text) + 6
        place = f"x='{x - width / 2:.1f}' y='{y - 9:.1f}' width='{width:.1f}' height='17'"
        return f"<rect {place} rx='4' fill='#f8fafc'/>\n{_text(x, y + 4, arrow.text)}"

    def _course(self, arrow: Arrow) -> tuple[Box, Box, tuple[float, float]]:
        """Both boxes, and the point that draws the line aside."""
        start, end = self.boxes[arrow.start], self.boxes[arrow.end]
        dx, dy = end.x - start.x, end.y - start.y
        length = (dx * dx + dy * dy) ** 0.5 or 1
        aside = (-dy / length * 2 * arrow.bend, dx / length * 2 * arrow.bend)
        return start, end, ((start.x + end.x) / 2 + aside[0], (start.y + end.y) / 2 + aside[1])


def _text(x: float, y: float, text: str, *, bold: bool = False) -> str:
    weight = " font-weight='600'" if bold else ""
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='middle' fill='#0f172a'{weight}>{escape(text)}</text>"

"""Draws courses over time as an SVG, each series with a scale of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

_WIDTH, _HEIGHT = 760, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 30, 30
_COLOURS: Final = ("#1f5fa8", "#a8481f", "#2f7d32", "#6a3d9a")

Series = Sequence[tuple[float, float]]


def line_chart(title: str, along: str, series: Mapping[str, Series]) -> str:
    """Return an SVG with a panel for each series, one under the other; every scale begins at nought.

    Args:
        title: what is shown.
        along: what the horizontal axis counts.
        series: points by the name of what they count.
    """
    height = _HEIGHT * len(series)
    body = "\n".join(
        line for index, (name, points) in enumerate(series.items()) for line in _panel(index, name, points, along)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12" role="img"><title>{escape(title)}</title>\n'
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _panel(index: int, name: str, points: Series, along: str) -> Iterator[str]:
    colour = _COLOURS[index % len(_COLOURS)]
    top, bottom = index * _HEIGHT + _TOP, (index + 1) * _HEIGHT - _BOTTOM
    end = max(x for x, _ in points) or 1.0
    most = 1.1 * max(y for _, y in points) or 1.0
    right = _WIDTH - _RIGHT

    def at(x: float, y: float) -> str:
        return f"{_LEFT + x / end * (right - _LEFT):.1f},{bottom - y / most * (bottom - top):.1f}"

    yield f'<text x="{_LEFT}" y="{top - 10}" fill="{colour}">{escape(name)}</text>'
    for share in (0, 0.5, 1):
        y = bottom - share * (bottom - top)
        yield f'<line x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ccc"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#444">{share * most:,.0f}</text>'
    course = " ".join(at(*point) for point in points)
    yield f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{course}"/>'
    yield f'<text x="{right}" y="{bottom + 18}" text-anchor="end" fill="#444">{end:,.0f} {escape(along)}</text>'

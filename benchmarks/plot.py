#!/usr/bin/env python3
"""Draw what `bench.py run --json` measured as an SVG: time of each tool as a multiple of uv's.

    plot.py RESULTS.json... [-o docs/performance.svg] [--tools xpip,pip]

Of a row that several files have, the last one counts. Where both tools were right, a dot is the
median of the ratios of neighbouring runs, the line through it reaches from the least to the
greatest. The scale is logarithmic.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from pathlib import Path
from xml.sax.saxutils import escape

ROW, GROUP, TOP, LEFT, PLOT, RIGHT = 22, 30, 58, 150, 470, 190
"""Pixels: height of a row and of a heading, room above, for names, for dots and for seconds."""
COLOURS = {"xpip": "#2a78d6", "pip": "#eb6834", "pip-tools": "#1baf7a", "nab": "#8a63d2"}
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-weight: 600; font-size: 14px }
.group { font-weight: 600 } .faint { fill: #777; font-size: 11px }
.grid { stroke: #ddd } .one { stroke: #888 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .faint { fill: #999 } .grid { stroke: #444 } .one { stroke: #aaa }
}
"""

Row = dict[str, object]
Cases = dict[str, dict[str, dict[str, Row]]]
"""Case -> scenario -> tool -> row."""


def read(paths: list[Path]) -> tuple[str, Cases]:
    """Return the description of the machine and the rows."""
    machine = ""
    cases: Cases = {}
    for path in paths:
        document = json.loads(path.read_text(encoding="utf-8"))
        # Where xpip stood there is nobody's business.
        machine = re.sub(r" from \S+ \(python [\d.]+\)", "", document["machine"])
        for row in document["results"]:
            by_scenario = cases.setdefault(row["case"], {})
            by_scenario.setdefault(row["scenario"], {})[row["tool"]] = row
    return machine, cases


def seconds(row: Row | None) -> str:
    """Return the median wall time of a tool, empty if it gave no right answer."""
    wall = row and row.get("wall")
    return f"{wall:.3g} s" if isinstance(wall, float) else ""


class Scale:
    """From ratios to pixels."""

    def __init__(self, ratios: list[float]) -> None:
        """Have room for all ratios and for 1."""
        self.low = math.floor(math.log2(min([*ratios, 0.5])))
        self.high = math.ceil(math.log2(max([*ratios, 2.0])))

    def x(self, ratio: float) -> float:
        """Return where a ratio is."""
        return LEFT + (math.log2(ratio) - self.low) / (self.high - self.low) * PLOT

    def ticks(self) -> list[float]:
        """Return the ratios that get a line."""
        step = max(1, (self.high - self.low) // 8)
        ticks = {0, *range(0, self.high + 1, step), *range(0, self.low - 1, -step)}
        return [2.0**exponent for exponent in sorted(ticks)]


def dots(tools: dict[str, Row], names: list[str], scale: Scale, y: float) -> list[str]:
    """Return the marks of one row."""
    parts = []
    for name in reversed(names):
        ratio = tools.get(name, {}).get("vs_uv")
        if not isinstance(ratio, list):
            continue
        middle, least, greatest = (scale.x(value) for value in ratio)
        colour = COLOURS.get(name, "#777")
        shown = "/".join(f"{value:.2f}" for value in ratio)
        parts.append(
            f"<g><title>{escape(name)}: {shown} (median/least/greatest)</title>"
            f'<line x1="{least:.1f}" x2="{greatest:.1f}" y1="{y}" y2="{y}" stroke="{colour}" '
            f'stroke-width="2" opacity=".45"/>'
            f'<circle cx="{middle:.1f}" cy="{y}" r="5" fill="{colour}"/></g>'
        )
    return parts


def draw(machine: str, cases: Cases, names: list[str]) -> str:
    """Return the SVG."""
    every = [tools for scenarios in cases.values() for tools in scenarios.values()]
    ratios = [
        value for tools in every for name in names
        if isinstance(found := tools.get(name, {}).get("vs_uv"), list) for value in found
    ]  # fmt: skip
    scale = Scale(ratios)
    height = TOP + sum(GROUP + ROW * len(scenarios) for scenarios in cases.values()) + 34
    width = LEFT + PLOT + RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>Time as a multiple of uv's</title><style>{STYLE}</style>",
        '<text class="title" x="10" y="22">Time as a multiple of uv\'s; left of 1 is faster</text>',
    ]
    for position, name in enumerate(names):
        x = LEFT + position * 80
        parts.append(f'<circle cx="{x}" cy="40" r="5" fill="{COLOURS.get(name, "#777")}"/>')
        parts.append(f'<text x="{x + 9}" y="44">{escape(name)}</text>')
    for ratio in scale.ticks():
        x, kind = scale.x(ratio), "one" if ratio == 1 else "grid"
        parts.append(
            f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - 34}"/>'
        )
        parts.append(
            f'<text class="faint" x="{x:.1f}" y="{height - 20}" '
            f'text-anchor="middle">{ratio:g}</text>'
        )
    y = float(TOP)
    for case, scenarios in cases.items():
        parts.append(f'<text class="group" x="10" y="{y + 20}">{escape(case)}</text>')
        y += GROUP
        for scenario, tools in scenarios.items():
            times = [
                f"{name} {text}"
                for name in ("xpip", "uv", "pip")
                if (text := seconds(tools.get(name)))
            ]
            label = "" if scenario == "-" else scenario
            parts.append(
                f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(label)}</text>'
            )
            parts += dots(tools, names, scale, y)
            parts.append(
                f'<text class="faint" x="{LEFT + PLOT + 12}" y="{y + 4}">'
                f"{escape(', '.join(times))}</text>"
            )
            y += ROW
    words = escape(machine[:150].rpartition(",")[0])
    parts.append(f'<text class="faint" x="10" y="{height - 4}">{words}</text></svg>')
    return "\n".join(parts) + "\n"


def main() -> None:
    """Read, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="+", type=Path)
    default = Path(__file__).resolve().parents[1] / "docs" / "performance.svg"
    parser.add_argument("-o", "--output", type=Path, default=default)
    parser.add_argument("--tools", default="xpip,pip")
    options = parser.parse_args()
    machine, cases = read(options.results)
    options.output.write_text(draw(machine, cases, options.tools.split(",")), encoding="utf-8")


if __name__ == "__main__":
    main()

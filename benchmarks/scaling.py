"""What a query costs as the timetable grows: a table and a plot."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import feeds
import numpy as np
import queries
from reference import Reference
from routing import Beside, beside_the_reference
from rows import DAYS, ROWS
from table import markdown

import mobiplan as mp

PLOT = Path(__file__).with_name("scaling.png")
TITLES = ("`earliest_arrival(...).best`", "`profile` of a day", "`one_to_all`")
MATRIX = "`travel_times`, per origin"
COLOURS = ("#1b6ca8", "#b8336a", "#3a7d44", "#b26e00", "#777777")


@dataclass(frozen=True)
class Network:
    """A timetable and what its queries cost."""

    title: str
    n_stations: int
    n_connections: int  # of two service days
    reference_s: float
    medians_s: dict[str, float]  # query -> s


def measure(n_queries: int = 100, passes: int = 3) -> list[Network]:
    """Measure every network that is present, the smallest first."""
    with tempfile.TemporaryDirectory(prefix="mobiplan-") as folder:
        region = feeds.cut(feeds.TER, feeds.BRITTANY, Path(folder) / "brittany")
        networks = [_measured("Brittany, of the TER", [str(region)], feeds.TER, n_queries, passes)]
    for feed in (feeds.TER, feeds.NATIONAL, feeds.WITH_TRANSILIEN, feeds.METRO):
        if feed.present:
            networks.append(_measured(feed.title, feed.paths(), feed, n_queries, passes))
    return sorted(networks, key=lambda network: network.n_connections)


def _measured(
    title: str, paths: list[str], feed: feeds.FeedSet, n_queries: int, passes: int
) -> Network:
    timetable = mp.load(paths)
    planner = mp.Planner(timetable)
    asked = queries.uniform(timetable, feed.date, n_queries)
    rows = [row for row in ROWS if row.title in TITLES]
    measured = beside_the_reference(planner, asked, rows, passes)
    return Network(
        title,
        len(timetable.stations.lat),
        len(Reference(timetable, feed.date, DAYS).arrays.departure),
        float(np.median([np.median(one.reference) for one in measured])),
        {_title(one): float(np.median(one.ours)) for one in measured},
    )


def _title(one: Beside) -> str:
    return one.row.title if one.row.title in TITLES else MATRIX


def table_of(networks: Sequence[Network]) -> str:
    """Return medians in microseconds, and their growth."""
    header = ["network", "stations", "connections", "reference", *TITLES, MATRIX]
    return markdown(
        header,
        [
            [
                network.title,
                f"{network.n_stations:,}",
                f"{network.n_connections:,}",
                f"{network.reference_s * 1e6:,.0f}",
                *(f"{network.medians_s[title] * 1e6:,.0f}" for title in (*TITLES, MATRIX)),
            ]
            for network in networks
        ],
    )


def plot(networks: Sequence[Network], path: Path = PLOT) -> None:
    """Draw the table: a line for each query type over the networks, by size."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.5, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    lines = {title: [n.medians_s[title] * 1e3 for n in networks] for title in (*TITLES, MATRIX)}
    lines["reference"] = [network.reference_s * 1e3 for network in networks]
    ends = _apart({title: values[-1] for title, values in lines.items()})
    for (title, values), colour in zip(lines.items(), COLOURS, strict=True):
        style = "o--" if title == "reference" else "o-"
        axes.plot(range(len(networks)), values, style, color=colour, linewidth=1.6, markersize=5)
        text = title.replace("`", "")
        place = (len(networks) - 0.85, ends[title])
        axes.annotate(text, place, va="center", color=colour, fontsize=9, annotation_clip=False)
    axes.set_yscale("log")
    axes.set_ylabel("median of a query [ms]")
    labels = [f"{n.title.replace(' 20', chr(10) + '20')}\n{n.n_connections:,}" for n in networks]
    axes.set_xticks(range(len(networks)), labels, fontsize=8)
    axes.set_xlabel("connections of two service days")
    axes.set_xlim(-0.3, len(networks) + 0.75)
    axes.grid(True, axis="y", which="major", color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)


def _apart(values: dict[str, float], factor: float = 1.5) -> dict[str, float]:
    """Move values on a logarithmic axis apart, so that their labels can be read."""
    moved: dict[str, float] = {}
    lowest = 0.0
    for title in sorted(values, key=values.__getitem__):
        moved[title] = lowest = max(values[title], lowest * factor)
    return moved

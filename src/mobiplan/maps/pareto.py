"""The Pareto plot: journeys as points of two criteria, the ones that no other beats joined."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobiplan.errors import InvalidQuery, NoJourney
from mobiplan.journeys.terminal import question_text
from mobiplan.maps.axes import axes_of, brand_handle, brand_legend, laid_out, plain
from mobiplan.maps.labels import place_labels
from mobiplan.maps.palette import TEXT, brand_name, colours
from mobiplan.times import format_duration
from mobiplan.timetable.counting import counted

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from mobiplan.journeys import JourneySet


class Criterion(NamedTuple):
    """What journeys are compared by; the less the better."""

    column: str  # of JourneySet.to_frame()
    label: str
    high: str = ""  # the column of the upper end, where the value is a range


CRITERIA = {
    "duration": Criterion("duration", "travel time"),
    "transfers": Criterion("transfers", "changes"),
    "walking": Criterion("walking", "on foot"),
    "price": Criterion("price_min", "price [€]", "price_max"),
    "co2": Criterion("co2_kg", "CO₂e [kg]"),
    "cost": Criterion("cost", "personal cost [equivalent minutes]"),
}
#: Names of `JourneySet.to_frame()` that mean a criterion as well.
_ALIASES = {"price_min": "price", "price_max": "price", "co2_kg": "co2"}

_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)  # between the ticks of a duration


def pareto(
    journeys: JourneySet, x: str = "duration", y: str = "transfers", ax: Axes | None = None
) -> Axes:
    """Draw the journeys of a set by two criteria; those that no other beats in both are joined.

    Parameters
    ----------
    journeys : JourneySet
    x, y : {"duration", "transfers", "walking", "price", "co2", "cost"}
        Less is better in each. A price is drawn at its lower end, with a bar to its upper.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Points in the colour of the brand that is ridden longest, named by their departure.
        Journeys of which a value is unknown are not drawn, and the picture says how many.

    Raises
    ------
    InvalidQuery
        If a criterion is unknown, or both are one.
    NoJourney
        If the set is empty.

    Examples
    --------
    >>> import mobiplan as mp
    >>> day = mp.Planner(mp.sample()).profile("Rennes", "Grenoble", date="2026-03-24")
    >>> ax = pareto(day, "duration", "transfers")
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('travel time', 'changes')
    """
    x, y = _ALIASES.get(x, x), _ALIASES.get(y, y)
    for argument, name in (("x", x), ("y", y)):
        if name not in CRITERIA:
            allowed = ", ".join(map(repr, CRITERIA))
            raise InvalidQuery(f"{argument}={name!r} is no criterion: give one of {allowed}")
    if x == y:
        raise InvalidQuery(f"x and y are both {x!r}: give two criteria")
    if not len(journeys):
        raise NoJourney(str(journeys.diagnosis) or "this set holds no journey to draw")
    ax = axes_of(ax, 7.5, 5.5)
    frame = journeys.to_frame()
    across, up = CRITERIA[x], CRITERIA[y]
    at = np.stack([_numbers(frame, across.column), _numbers(frame, up.column)], axis=1)
    known = np.flatnonzero(~np.isnan(at).any(axis=1))
    timetable = journeys.graph.timetable
    brand_colours = colours(timetable.brands)
    brands = [_main_brand(journey.legs) for journey in journeys]
    best = known[undominated(at[known])]
    steps = at[best[np.lexsort((at[best, 1], at[best, 0]))]]
    if len(steps) > 1:
        ax.step(
            steps[:, 0],
            steps[:, 1],
            where="post",
            color="#B9B9B9",
            linewidth=1.3,
            zorder=1,
            label="_front",
        )
    for criterion, along in ((across, 0), (up, 1)):
        if criterion.high and len(known):
            _bars(ax, at[known], _numbers(frame, criterion.high)[known], along)
    for row in known.tolist():
        brand, _ = brands[row]
        colour = brand_colours.get(brand, TEXT)
        filled = row in best
        ax.scatter(
            at[row, 0],
            at[row, 1],
            s=52,
            color=colour if filled else "white",
            edgecolors=colour,
            linewidths=1.4,
            zorder=3,
        )
    plain(ax)
    ax.margins(0.1)
    _units(ax.xaxis, x, ax.get_xlim())
    _units(ax.yaxis, y, ax.get_ylim())
    ax.set_xlabel(across.label)
    ax.set_ylabel(up.label)
    ax.set_title(question_text(journeys), loc="left", fontsize=11)
    used = dict.fromkeys(brands[row] for row in [*best.tolist(), *known.tolist()])
    brand_legend(
        ax,
        [brand_handle(brand_name(b, mode), brand_colours.get(b, TEXT)) for b, mode in used],
        below=0.14,
    )
    _say_missing(ax, frame, (across, up), len(known))
    laid_out(ax)
    order = [*best.tolist(), *(row for row in known.tolist() if row not in set(best.tolist()))]
    names = [f"{journeys[row].departure:%H:%M}" for row in order]
    points = [(float(at[row, 0]), float(at[row, 1])) for row in order]
    place_labels(ax, points, names, [steps.tolist()], fontsize=8.5, color=TEXT)
    return ax


def undominated(at: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the rows of (n, 2) that no other row beats: nowhere worse, and better in one.

    >>> undominated(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 4.0]])).tolist()
    [0, 1]
    """
    no_worse = (at[:, None, :] <= at[None, :, :]).all(axis=2)
    better = (at[:, None, :] < at[None, :, :]).any(axis=2)
    return np.flatnonzero(~(no_worse & better).any(axis=0))


def _numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as numbers: durations in minutes."""
    values = frame[column]
    if values.dtype.kind == "m":
        return np.asarray(values.dt.total_seconds() / 60, dtype=np.float64)
    return np.asarray(values, dtype=np.float64)


def _main_brand(legs: Iterable[Any]) -> tuple[str, str]:
    """Return brand and mode of what one rides longest; a journey on foot has neither."""
    rides = [leg for leg in legs if not leg.is_walk]
    if not rides:
        return "", "on foot"
    longest: dict[tuple[str, str], float] = {}
    for leg in rides:
        key = (leg.brand, leg.mode)
        longest[key] = longest.get(key, 0.0) + leg.duration.total_seconds()
    return max(longest, key=lambda key: longest[key])


def _bars(ax: Axes, at: NDArray[np.float64], high: NDArray[np.float64], along: int) -> None:
    """Draw ranges from the point to their upper end; an unknown end has none."""
    length = np.nan_to_num(high - at[:, along]).clip(0)
    bars = np.stack([np.zeros_like(length), length])
    ax.errorbar(
        at[:, 0],
        at[:, 1],
        xerr=bars if along == 0 else None,
        yerr=bars if along == 1 else None,
        fmt="none",
        ecolor="#999999",
        elinewidth=1,
        zorder=2,
    )


def _units(axis: Any, name: str, limits: tuple[float, float]) -> None:
    """Write ticks as people say them: durations as on a timetable, changes as whole numbers."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

    if name in ("duration", "walking"):
        span = limits[1] - limits[0]
        step = next((step for step in _STEPS_MIN if step * 8 >= span), span / 8)
        axis.set_major_locator(MultipleLocator(step))
        axis.set_major_formatter(FuncFormatter(lambda minutes, _: format_duration(minutes * 60)))
    elif name == "transfers":
        axis.set_major_locator(MaxNLocator(6, integer=True))


def _say_missing(
    ax: Axes, frame: pd.DataFrame, criteria: tuple[Criterion, Criterion], drawn: int
) -> None:
    missing = len(frame) - drawn
    if not missing:
        return
    unknown = [c.label.split(" [")[0] for c in criteria if frame[c.column].isna().any()]
    text = (
        f"{missing} of {counted(len(frame), 'journey')} not drawn: {' or '.join(unknown)} unknown"
    )
    if drawn:
        ax.text(
            1, 1.01, text, transform=ax.transAxes, ha="right", va="bottom", fontsize=8.5, color=TEXT
        )
    else:
        ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=TEXT)
        ax.set_xticks([])
        ax.set_yticks([])

"""What all pictures share: axes to draw on, axes of time, and a legend of brands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from mobiplan.journeys.terminal import clock
from mobiplan.maps.palette import TEXT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.lines import Line2D
    from matplotlib.patheffects import AbstractPathEffect


def axes_of(ax: Axes | None, width_in: float, height_in: float) -> Axes:
    """Return the caller's axes, or axes of a new figure of that size."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=(width_in, height_in), layout="constrained")[1]


def laid_out(ax: Axes) -> None:
    """Let the layout settle, so that places in pixels are final."""
    figure = ax.get_figure(root=True)
    if figure is not None:
        figure.draw_without_rendering()


def instants(*seconds: float) -> Any:
    """Return seconds since 1970 UTC as matplotlib takes them; its types know numbers only.

    >>> instants(0)[0].isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return [dt.datetime.fromtimestamp(value, dt.UTC) for value in seconds]


def plain(ax: Axes) -> None:
    """Take away what is no information: the box around, strong ticks."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color("#999999")
    ax.tick_params(colors=TEXT, length=3)


def clock_axis(axis: Axis, zone: dt.tzinfo | None, day: dt.date, most: int = 9) -> None:
    """Let an axis of instants show local times, "+1" the day after, few enough not to collide."""
    from matplotlib.dates import AutoDateLocator, num2date
    from matplotlib.ticker import FuncFormatter

    def written(value: float, _: object) -> str:
        # Ticks are whole minutes; a float of days is not exact to the second.
        instant = num2date(value, tz=zone) + dt.timedelta(seconds=1)  # type: ignore[no-untyped-call]
        return clock(instant.replace(second=0), day)

    locator = AutoDateLocator(  # type: ignore[no-untyped-call]
        tz=zone, minticks=3, maxticks=most, interval_multiples=True
    )
    axis.set_major_locator(locator)
    axis.set_major_formatter(FuncFormatter(written))


def brand_legend(ax: Axes, handles: Iterable[Line2D], below: float = 0.11) -> None:
    """Name the brands `below` the axes (in parts of their height), where no line runs."""
    handles = list(handles)
    if not handles:
        return
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -below),
        ncols=min(len(handles), 4),
        frameon=False,
        fontsize=9,
    )


def halo() -> list[AbstractPathEffect]:
    """A light rim around letters, so that they read on lines."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="white", alpha=0.85)]


def brand_handle(text: str, colour: str, dash: str = "") -> Line2D:
    """Return a legend's line; `dash` as in SVG."""
    from matplotlib.lines import Line2D

    handle = Line2D([], [], color=colour, linewidth=3, label=text)
    handle.set_linestyle(line_style(dash))
    return handle


def line_style(dash: str) -> Literal["-"] | tuple[float, tuple[float, ...]]:
    """Return an SVG dash pattern as matplotlib wants it.

    >>> line_style(""), line_style("10 5")
    ('-', (0, (2.5, 1.25)))
    """
    if not dash:
        return "-"
    return 0, tuple(float(part) / 4 for part in dash.split())

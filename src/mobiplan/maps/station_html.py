"""A station's page as HTML, for a notebook."""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import TYPE_CHECKING, Any, cast

from mobiplan import times
from mobiplan.journeys.notebook import STYLE
from mobiplan.journeys.terminal import day as day_text
from mobiplan.journeys.terminal import length
from mobiplan.maps.boards import zone_of
from mobiplan.timetable.counting import counted

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.maps.station import StationPage

_DEPARTURES, _DIRECT, _TRANSFERS = 10, 12, 12
_MORNING_H = 8  # the board shows a morning: a page has no "now" of its own


def station_html(page: StationPage) -> str:
    """Return a page of four parts: facts, a morning's departures, direct places, changes."""
    date = page.timetable.busiest_date
    zone = times.zone(zone_of(page.timetable, page.rows[0]))
    morning = dt.datetime.combine(date, dt.time(_MORNING_H), tzinfo=zone)
    board, direct = page.departures(morning, n=_DEPARTURES), page.direct()
    transfers = _transfers(page.transfers())
    parts = [
        _part("", _table([[r.fact, r.value, r.label, r.source] for r in page.fact_lines], "")),
        _part(
            f"Departures, {day_text(date)} from {morning:%H:%M}",
            _table([_departure(row) for row in board.to_dict("records")], "nothing leaves"),
        ),
        _part(
            f"Without a change, {day_text(date)}: {counted(len(direct), 'station')}",
            _table(
                [
                    [row["name"], f"{row['trips']} a day", length(row["fastest"]), row["brands"]]
                    for row in direct.head(_DIRECT).to_dict("records")
                ],
                "nowhere on this date",
            )
            + _more(len(direct) - _DIRECT, "direct()"),
        ),
        _part(
            "Changing here takes",
            _table(transfers[:_TRANSFERS], "no change can be made here")
            + _more(len(transfers) - _TRANSFERS, "transfers()"),
        ),
    ]
    return f'<div class="mbp">{STYLE}<strong>{escape(page.name)}</strong>{"".join(parts)}</div>'


def _departure(row: dict[Any, Any]) -> list[str]:
    train = f"{row['brand'] or row['mode']} {row['train_number'] or row['line']}".strip()
    via = f"via {row['via']}" if row["via"] else ""
    platform = f"platform {row['platform']}" if row["platform"] else ""
    return [f"{row['departure']:%H:%M}", train, row["direction"], via, platform]


def _transfers(table: pd.DataFrame) -> list[list[str]]:
    """Write changes; brands for which all else is the same share a line."""
    keys = ["to_name", "shortest", "longest", "doors_close", "label", "source"]
    lines = []
    for key, rows in table.groupby(keys, sort=False):
        name, shortest, longest, doors, label, source = cast("tuple[Any, ...]", key)
        times_ = [length(shortest, up=True), length(longest, up=True)]
        time = " to ".join(dict.fromkeys(times_))
        brands = ", ".join(dict.fromkeys(brand or "train" for brand in rows["to_brand"]))
        closing = f"doors close {length(doors)} before" if doors.total_seconds() else ""
        lines.append([name, f"to {brands}", time, closing, label, source])
    return lines


def _part(title: str, html: str) -> str:
    head = f"<br><strong>{escape(title)}</strong>" if title else ""
    return head + html


def _table(rows: list[list[Any]], empty: str) -> str:
    """Write rows; columns that are empty throughout are left out."""
    if not rows:
        return f'<br><span class="mbp-dim">{escape(empty)}</span>'
    kept = [k for k in range(len(rows[0])) if any(str(row[k]) for row in rows)]
    wide = {k for k in kept if max(len(str(row[k])) for row in rows) > 40}
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{"mbp-wrap mbp-dim" if k in wide else "mbp-t"}">{escape(str(row[k]))}</td>'
            for k in kept
        )
        + "</tr>"
        for row in rows
    )
    return f'<table class="mbp-table mbp-legs"><tbody>{body}</tbody></table>'


def _more(n: int, method: str) -> str:
    return f'<span class="mbp-dim">and {n} more: {method} has them all</span><br>' if n > 0 else ""

"""Journeys as HTML: what a notebook shows for a `Journey` and a `JourneySet`.

The HTML is whole in itself: one `style` element, no script, nothing loaded. Colours are the
notebook's own text colour at several strengths, so that it reads on dark ground as well.
Every text from a feed is escaped.
"""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import TYPE_CHECKING

from mobiplan.journeys.leg import Leg, elapsed
from mobiplan.journeys.terminal import (
    amount_text,
    between,
    changes,
    clock,
    count,
    day,
    heading,
    kilograms,
    labelled,
    length,
    notes_of,
    personal_facts,
    plan_facts,
    question_text,
    reference_date,
    shown_duration,
    signed,
    station,
    summary,
    trains,
    walk,
)
from mobiplan.timetable.counting import counted

if TYPE_CHECKING:
    from mobiplan.journeys.contrast import Contrast
    from mobiplan.journeys.explaining import Explanation
    from mobiplan.journeys.journey import Journey
    from mobiplan.journeys.journey_set import JourneySet

#: Journeys that a notebook's table shows; `to_frame()` has them all.
ROWS_SHOWN = 50

# The class names begin with mbp-, so that nothing else on the page is touched; "div.mbp table"
# is specific enough to win over the notebook's own rules for tables.
STYLE = """<style>
div.mbp{font-size:13px;line-height:1.4;color:inherit;overflow-x:auto}
div.mbp table.mbp-table{border-collapse:collapse;margin:.5em 0;border:0;width:auto;
table-layout:auto;font:inherit;color:inherit}
div.mbp table.mbp-table tr:nth-child(n){background:none}
div.mbp table.mbp-table th,div.mbp table.mbp-table td{text-align:left;vertical-align:top;
padding:.3em .9em .3em 0;border:0;border-bottom:1px solid rgba(128,128,128,.3);background:none;
color:inherit;white-space:nowrap;max-width:none}
div.mbp table.mbp-table th{font-weight:600;opacity:.7;vertical-align:bottom}
div.mbp table.mbp-legs td{border:0;padding:.1em .9em .1em 0}
div.mbp table.mbp-legs tr.mbp-change td{padding:.15em .9em .4em 0}
div.mbp table.mbp-table .mbp-n{text-align:right;font-variant-numeric:tabular-nums}
div.mbp .mbp-t{font-variant-numeric:tabular-nums}
div.mbp .mbp-dim{opacity:.7}
div.mbp table.mbp-table .mbp-wrap{white-space:normal;min-width:16em}
div.mbp summary{cursor:pointer}
div.mbp .mbp-bar{position:relative;width:13em;height:1.3em}
div.mbp .mbp-bar span{position:absolute;box-sizing:border-box;min-width:1px}
div.mbp .mbp-ride{top:.25em;height:.8em;background:currentColor;opacity:.65;border-radius:2px}
div.mbp .mbp-walk{top:.58em;height:0;border-top:3px dotted currentColor;opacity:.75}
div.mbp .mbp-wait{top:.62em;height:1px;background:currentColor;opacity:.5}
div.mbp .mbp-role{border:1px solid rgba(128,128,128,.6);border-radius:.8em;padding:0 .5em;
font-size:.85em;white-space:nowrap}
div.mbp .mbp-ends{display:flex;justify-content:space-between;width:13em}
</style>"""


def journey_html(journey: Journey) -> str:
    """Return a journey as HTML: a heading, and a row for each call, walk and change."""
    date = journey.departure.date()
    return (
        f'<div class="mbp">{STYLE}'
        f"<strong>{escape(heading(journey.legs))}</strong>, {escape(day(date))}"
        f"{_dim(summary(journey))}{_dim(personal_facts(journey))}"
        f"{_legs_table(journey)}</div>"
    )


def set_html(journeys: JourneySet) -> str:
    """Return a set as HTML: a row per journey on one scale of time, legs to unfold."""
    title = f"<strong>{escape(question_text(journeys))}</strong>"
    if not len(journeys):
        reason = f"<br>{escape(str(journeys.diagnosis))}" if journeys.diagnosis else ""
        return f'<div class="mbp">{STYLE}{title}: no journey{reason}</div>'
    date = reference_date(journeys)
    shown = [journeys[k] for k in range(min(len(journeys), ROWS_SHOWN))]
    start = min(shown, key=_leaves).departure
    end = max(shown, key=_arrives).arrival
    columns = [
        ("", "mbp-n"),
        ("departure", ""),
        ("arrival", ""),
        ("duration", "mbp-n"),
        ("changes", "mbp-n"),
    ]
    walking = journeys.personal is None or any(journey.walking for journey in shown)
    columns += [("walking", "mbp-n")] * walking
    labels: list[tuple[str, ...]] = [()] * len(journeys)
    if journeys.personal is not None and journeys.planner is not None:
        from mobiplan.journeys.roles import labels_of

        columns += [(text, "mbp-n") for text in ("fare", "CO2", "cost")]
        labels = labels_of(journeys)
    head = "".join(f'<th class="{kind}">{text}</th>' for text, kind in columns)
    scale = f"<span>{clock(start, date)}</span><span>{clock(end, date, up=True)}</span>"
    rows = "".join(
        _set_row(k, journey, date, start, end, walking, labels[k])
        for k, journey in enumerate(shown)
    )
    more = len(journeys) - len(shown)
    tail = f'<span class="mbp-dim">and {more} more: to_frame() has them all</span>' if more else ""
    return (
        f'<div class="mbp">{STYLE}{title}: {count(len(journeys))}'
        f'<table class="mbp-table"><thead><tr>{head}'
        f'<th><div class="mbp-ends mbp-t">{scale}</div></th><th>trains</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{tail}{_dim(plan_facts(journeys), new_line=False)}</div>"
    )


def explanation_html(why: Explanation) -> str:
    """Return an explanation as HTML: the sentence, a bar per feature, what has to be said."""
    parts = why.contributions
    most = max((part.contribution for part in parts), default=0.0) or 1.0
    rows = "".join(
        f"<tr><td>{escape(part.feature)}</td>"
        f'<td class="mbp-n">{escape(amount_text(part.amount, part.unit))}</td>'
        f'<td class="mbp-n">× {part.weight:.3g}</td>'
        f'<td class="mbp-n">{part.contribution:.1f} min</td>'
        f'<td><div class="mbp-bar">{_share(part.contribution / most)}</div></td>'
        f'<td class="mbp-wrap mbp-dim">{escape(part.source)}</td></tr>'
        for part in parts
    )
    rows += (
        "<tr><td><b>cost</b></td><td></td><td></td>"
        f'<td class="mbp-n"><b>{why.cost:.1f} min</b></td><td></td><td></td></tr>'
    )
    head = "".join(
        f'<th class="{kind}">{text}</th>'
        for text, kind in (
            ("feature", ""),
            ("amount", "mbp-n"),
            ("weight", "mbp-n"),
            ("equivalent", "mbp-n"),
            ("", ""),
            ("source", ""),
        )
    )
    return (
        f'<div class="mbp">{STYLE}<strong>{escape(why.title)}</strong>'
        f"<br>{escape(why.sentence())}"
        f'<table class="mbp-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        f"{'<br>'.join(_dim(note, new_line=False) for note in why.notes)}</div>"
    )


def contrast_html(contrast: Contrast) -> str:
    """Return two journeys side by side as HTML: the sentence, and the difference by feature."""
    differences = contrast.differences()
    rows = "".join(
        f"<tr><td>{escape(row.feature)}</td>"
        f'<td class="mbp-n">{escape(amount_text(row.amount, row.unit))}</td>'
        f'<td class="mbp-n">{escape(amount_text(row.other_amount, row.unit))}</td>'
        f'<td class="mbp-n">× {row.weight:.3g}</td>'
        f'<td class="mbp-n">{signed(row.difference)}</td></tr>'
        for row in differences
    )
    head = "".join(
        f'<th class="mbp-n">{escape(text)}</th>'
        for text in (*contrast.names, "weight", "difference")
    )
    table = (
        f'<table class="mbp-table"><thead><tr><th>feature</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    return (
        f'<div class="mbp">{STYLE}{escape(contrast.sentence())}{table if differences else ""}</div>'
    )


def _share(share: float) -> str:
    """Draw a part of what a bar can hold."""
    return f'<span class="mbp-ride" style="left:0;width:{100 * share:.1f}%"></span>' * (share > 0)


def _dim(text: str, new_line: bool = True) -> str:
    return f'{"<br>" * new_line}<span class="mbp-dim">{escape(text)}</span>' if text else ""


def _set_row(
    rank: int,
    journey: Journey,
    date: dt.date,
    start: dt.datetime,
    end: dt.datetime,
    walking: bool,
    labels: tuple[str, ...],
) -> str:
    rides = journey.itinerary.rides
    facts: list[tuple[str, str]] = []
    if walking:
        text = length(journey.walking, up=True) if journey.walking else "–"
        facts.append(("mbp-n", text))
    if journey.personal is not None and journey.planner is not None:
        figures = (labelled(journey.price), kilograms(journey.co2), f"{journey.cost:.0f}")
        facts += [("mbp-n", escape(text)) for text in figures]
    marks = "".join(f' <span class="mbp-role">{escape(label)}</span>' for label in labels)
    cells = (
        ("mbp-n mbp-dim", str(rank)),
        ("mbp-t", clock(journey.departure, date)),
        ("mbp-t", clock(journey.arrival, date, up=True)),
        ("mbp-n", length(shown_duration(journey))),
        ("mbp-n", changes(journey.transfers).split()[0] if rides else "–"),
        *facts,
        ("", _bar(journey, start, end)),
        (
            "mbp-wrap",
            f"<details><summary>{escape(trains(journey))}{marks}</summary>{_legs_table(journey)}</details>",
        ),
    )
    return "<tr>" + "".join(f'<td class="{kind}">{text}</td>' for kind, text in cells) + "</tr>"


def _bar(journey: Journey, start: dt.datetime, end: dt.datetime) -> str:
    """Draw a journey on the time from `start` to `end`: rides full, walks dotted, waits thin."""
    whole_s = max(elapsed(start, end).total_seconds(), 1.0)

    def span(kind: str, leaves: dt.datetime, arrives: dt.datetime, title: str) -> str:
        left = 100 * elapsed(start, leaves).total_seconds() / whole_s
        width = 100 * max(elapsed(leaves, arrives).total_seconds(), 0.0) / whole_s
        return (
            f'<span class="mbp-{kind}" title="{escape(title)}" '
            f'style="left:{left:.1f}%;width:{width:.1f}%"></span>'
        )

    spans = []
    for k, leg in enumerate(journey.legs):
        if k:
            before = journey.legs[k - 1]
            spans.append(span("wait", before.arrival, leg.departure, f"at {leg.from_name}"))
        kind = "walk" if leg.is_walk else "ride"
        spans.append(span(kind, leg.departure, leg.arrival, _in_short(leg)))
    return f'<div class="mbp-bar">{"".join(spans)}</div>'


def _in_short(leg: Leg) -> str:
    date = leg.departure.date()
    start = f"{leg.from_name} {clock(leg.departure, date)}"
    end = f"{leg.to_name} {clock(leg.arrival, date, up=True)}"
    return f"{(leg.note or leg.kind) if leg.is_walk else leg.title}: {start} – {end}"


def _legs_table(journey: Journey) -> str:
    legs, date = journey.legs, journey.departure.date()
    rows: list[str] = []
    for k, leg in enumerate(legs):
        following = legs[k + 1] if k + 1 < len(legs) else None
        if leg.is_walk:
            if k == 0:
                rows.append(_row(clock(leg.departure, date), leg.from_name, ""))
            rows.append(_across(walk(leg, following)))
            if following is None:
                rows.append(_row(clock(leg.arrival, date, up=True), leg.to_name, ""))
            continue
        if k and not legs[k - 1].is_walk:
            rows.append(_across(between(legs[k - 1], leg)))
        train = f"<b>{escape(leg.title)}</b> to {escape(leg.direction)}"
        place = station(leg.from_name, leg.from_platform)
        rows.append(_row(clock(leg.departure, date), place, train))
        facts = length(leg.duration)
        if leg.stops:
            names = ", ".join(f"{call.name} {call.departure:%H:%M}" for call in leg.stops)
            stops = counted(len(leg.stops), "stop")
            facts += f', <span title="{escape(names)}">{stops}</span>'
        if notes_of(leg):
            facts += f" · {escape(notes_of(leg))}"
        place = station(leg.to_name, leg.to_platform)
        rows.append(
            _row(clock(leg.arrival, date, up=True), place, f'<span class="mbp-dim">{facts}</span>')
        )
    return f'<table class="mbp-table mbp-legs"><tbody>{"".join(rows)}</tbody></table>'


def _row(time: str, place: str, train: str) -> str:
    cells = f'<td>{escape(place)}</td><td class="mbp-wrap">{train}</td>'
    return f'<tr><td class="mbp-t">{time}</td>{cells}</tr>'


def _across(text: str) -> str:
    cell = f'<td colspan="2" class="mbp-dim">{escape(text)}</td>'
    return f'<tr class="mbp-change"><td></td>{cell}</tr>'


def _leaves(journey: Journey) -> float:
    return journey.departure.timestamp()


def _arrives(journey: Journey) -> float:
    return journey.arrival.timestamp()

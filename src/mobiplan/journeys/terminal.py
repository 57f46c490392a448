"""Journeys as text: what a terminal shows for a `Journey` and a `JourneySet`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mobiplan.journeys.leg import CITY_CHANGE, Leg, elapsed
from mobiplan.times import format_duration

if TYPE_CHECKING:
    from mobiplan.journeys.journey import Journey
    from mobiplan.journeys.journey_set import JourneySet

#: Journeys that a table shows; `to_frame()` has them all.
ROWS_SHOWN = 25


def clock(time: dt.datetime, date: dt.date, up: bool = False) -> str:
    """Write a time as HH:MM, with the number of days after `date` where there are any.

    Seconds are dropped, so that nobody leaves too late; an arrival is rounded `up`.

    >>> import datetime as dt
    >>> clock(dt.datetime(2026, 3, 25, 6, 2), dt.date(2026, 3, 24))
    '06:02 +1'
    """
    shown = whole_minute(time, up)
    days = (shown.date() - date).days
    return f"{shown:%H:%M} {days:+d}" if days else f"{shown:%H:%M}"


def whole_minute(time: dt.datetime, up: bool = False) -> dt.datetime:
    """Return the whole minute before an aware time, or the one after it."""
    seconds = time.second + time.microsecond / 1e6
    if up and seconds:  # by way of UTC: the next minute may lie beyond a change of the clocks
        later = time.astimezone(dt.UTC) + dt.timedelta(seconds=60 - seconds)
        return later.astimezone(time.tzinfo)
    return time.replace(second=0, microsecond=0)


def shown_duration(journey: Journey) -> dt.timedelta:
    """Return the time between departure and arrival as `clock` shows them."""
    return elapsed(whole_minute(journey.departure), whole_minute(journey.arrival, up=True))


def length(duration: dt.timedelta, up: bool = False) -> str:
    """Write a duration the way timetables do: "1 h 30", "25 min"; `up` to the next minute."""
    seconds = duration.total_seconds()
    return format_duration(-(-seconds // 60) * 60 if up else seconds)


def day(date: dt.date) -> str:
    """Write a date so that a person recognises it: "Tue 24 Mar 2026"."""
    return f"{date:%a} {date.day} {date:%b %Y}"


def how(journey: Journey) -> str:
    """Say how often one changes, or how one goes without a train."""
    across = any(leg.kind == CITY_CHANGE for leg in journey.legs)
    if not journey.itinerary.rides:
        return "across the city" if across else "on foot"
    return "1 train" if across and not journey.transfers else changes(journey.transfers)


def changes(transfers: int) -> str:
    """Write a number of changes: "direct", "1 change", "2 changes"."""
    if transfers == 0:
        return "direct"
    return "1 change" if transfers == 1 else f"{transfers} changes"


def summary(journey: Journey) -> str:
    """Write the facts that journeys are compared by on one line."""
    departure, arrival = journey.departure, journey.arrival
    parts = [
        f"{clock(departure, departure.date())} – {clock(arrival, departure.date(), up=True)}",
        length(shown_duration(journey)),
        how(journey),
    ]
    if journey.walking and journey.itinerary.rides:
        parts.append(f"walk {length(journey.walking, up=True)}")
    if departure.utcoffset() != arrival.utcoffset():
        same = departure.tzinfo == arrival.tzinfo
        parts.append("the clocks change on the way" if same else "local times")
    return " · ".join(parts)


def trains(journey: Journey) -> str:
    """Write the trains of a journey, or that one walks; a brand is not repeated."""
    parts, brand = [], None
    for leg in journey.legs:
        if leg.is_walk:
            continue
        known = leg.train_number and leg.brand and leg.brand == brand
        parts.append(leg.train_number if known else leg.title)
        brand = leg.brand
    return ", ".join(parts) or "walk"


def between(leg: Leg, following: Leg) -> str:
    """Write what one does between two rides without a walk."""
    wait = elapsed(leg.arrival, following.departure)
    if following.in_seat:
        return "stay seated" + (f" {length(wait)}" if wait > dt.timedelta(0) else "")
    return f"change {length(max(wait, dt.timedelta(0)))}"


def walk(leg: Leg, following: Leg | None) -> str:
    """Write a walk and the time to spare after it."""
    if leg.kind == CITY_CHANGE:
        parts = [leg.note, length(leg.duration)]
    else:
        parts = [f"walk {length(leg.duration, up=True)}", *filter(None, [leg.note])]
    if following is not None:
        spare = elapsed(leg.arrival, following.departure)
        if spare > dt.timedelta(0):
            parts.append(f"{length(spare)} to spare")
    return " · ".join(parts)


def notes_of(leg: Leg) -> str:
    """Write a ride's notes, without the one that the line before has said."""
    return "; ".join(note for note in leg.note.split("; ") if note and note != "stay seated")


def station(name: str, platform: str) -> str:
    """Write a station with its platform where one is known."""
    return f"{name}, platform {platform}" if platform else name


def heading(legs: Sequence[Leg]) -> str:
    """Write where a journey leads."""
    return f"{legs[0].from_name} → {legs[-1].to_name}"


def journey_text(journey: Journey) -> str:
    """Return a journey as lines: a time, a place, a train; changes between them."""
    legs, date = journey.legs, journey.departure.date()
    rows: list[tuple[str, str, str]] = []  # time, place, train; no place: text across
    for k, leg in enumerate(legs):
        following = legs[k + 1] if k + 1 < len(legs) else None
        inner = k > 0 and following is not None
        if leg.is_walk and inner:
            rows.append(("", "", walk(leg, following)))
            continue
        start = (clock(leg.departure, date), station(leg.from_name, leg.from_platform))
        end = (clock(leg.arrival, date, up=True), station(leg.to_name, leg.to_platform))
        if leg.is_walk:
            # The place where one meets a train or leaves it stands beside the train's time.
            text = walk(leg, following)
            if following is None and k:
                rows.append(("", "", text))
                rows.append((*end, ""))
            else:
                rows.append((*start, ""))
                rows.append(("", "", text))
                if following is None:
                    rows.append((*end, ""))
            continue
        if k and not legs[k - 1].is_walk:
            rows.append(("", "", between(legs[k - 1], leg)))
        rows.append((*start, f"{leg.title} to {leg.direction}"))
        stops = f", {len(leg.stops)} stop{'s' if len(leg.stops) > 1 else ''}" if leg.stops else ""
        rows.append((*end, f"{length(leg.duration)}{stops}"))
        rows += [("", "", f"({note})") for note in [notes_of(leg)] if note]
    time_width = max(len(time) for time, _, _ in rows)
    place_width = max(len(place) for _, place, _ in rows)
    lines = [f"{heading(legs)}, {day(date)}", summary(journey), ""]
    for time, place, text in rows:
        if place:
            lines.append(f"  {time:<{time_width}}  {place:<{place_width}}  {text}".rstrip())
        else:
            lines.append(f"  {'':<{time_width}}    {text}")
    return "\n".join(lines)


def set_text(journeys: JourneySet) -> str:
    """Return a set of journeys as a table with one line for each."""
    title = question_text(journeys)
    if not len(journeys):
        return f"{title}: no journey\n{journeys.diagnosis}".rstrip()
    date = reference_date(journeys)
    header = ("", "departure", "arrival", "duration", "changes", "walking", "trains")
    table = [header]
    for k in range(min(len(journeys), ROWS_SHOWN)):
        journey = journeys[k]
        table.append(
            (
                f"[{k}]",
                clock(journey.departure, date),
                clock(journey.arrival, date, up=True),
                length(shown_duration(journey)),
                str(journey.transfers),
                length(journey.walking, up=True) if journey.walking else "–",
                trains(journey),
            )
        )
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    right_aligned = {0, 3, 4, 5}
    lines = [f"{title}: {count(len(journeys))}"]
    for row in table:
        cells = [
            f"{cell:>{width}}" if column in right_aligned else f"{cell:<{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    if len(journeys) > ROWS_SHOWN:
        lines.append(f"... and {len(journeys) - ROWS_SHOWN} more: to_frame() has them all")
    return "\n".join(lines)


def count(n: int) -> str:
    """Write how many journeys there are."""
    return "1 journey" if n == 1 else f"{n} journeys"


def reference_date(journeys: JourneySet) -> dt.date:
    """Return the day that "+1" counts from: the one asked for, else the first departure's."""
    asked = journeys.asked
    return journeys.first.departure.date() if asked is None else asked.date()


def question_text(journeys: JourneySet) -> str:
    """Write what was asked: from where to where, and the day."""
    question = journeys.question
    text = f"{question.origin.label} → {question.destination.label}"
    if journeys.asked is not None:
        return f"{text}, {day(journeys.asked.date())}"
    return f"{text}, {day(journeys.first.departure.date())}" if len(journeys) else text

"""Journeys as text: what a terminal shows for a `Journey` and a `JourneySet`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mobiplan.journeys.leg import CITY_CHANGE, NO_TICKET, UNKNOWN_TICKET, Leg, elapsed
from mobiplan.times import format_duration, offset_if_twice
from mobiplan.timetable.counting import counted

if TYPE_CHECKING:
    from mobiplan.attributes.amount import Amount
    from mobiplan.journeys.journey import Journey
    from mobiplan.journeys.journey_set import JourneySet

#: Journeys that a table shows; `to_frame()` has them all.
ROWS_SHOWN = 25


def clock(time: dt.datetime, date: dt.date, up: bool = False) -> str:
    """Write a time as HH:MM, with the number of days after `date` where there are any.

    Seconds are dropped, so that nobody leaves too late; an arrival is rounded `up`. Of a clock
    time that exists twice, when the clocks go back, the offset from UTC tells which it is.

    >>> import datetime as dt
    >>> from zoneinfo import ZoneInfo
    >>> clock(dt.datetime(2026, 3, 25, 6, 2), dt.date(2026, 3, 24))
    '06:02 +1'
    >>> first = dt.datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))
    >>> clock(first, first.date()), clock(first.replace(fold=1), first.date())
    ('02:30 UTC+2', '02:30 UTC+1')
    """
    shown = whole_minute(time, up)
    days = (shown.date() - date).days
    text = f"{shown:%H:%M}{offset_if_twice(shown)}"
    return f"{text} {days:+d}" if days else text


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
    return counted(transfers, "change") if transfers else "direct"


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
    return ", ".join(parts) or ("walk" if how(journey) == "on foot" else how(journey))


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
        stops = f", {counted(len(leg.stops), 'stop')}" if leg.stops else ""
        rows.append((*end, f"{length(leg.duration)}{stops}"))
        rows += [("", "", f"({note})") for note in [notes_of(leg)] if note]
    time_width = max(len(time) for time, _, _ in rows)
    place_width = max(len(place) for _, place, _ in rows)
    facts = personal_facts(journey)
    lines = [f"{heading(legs)}, {day(date)}", summary(journey), *([facts] if facts else []), ""]
    for time, place, text in rows:
        if place:
            lines.append(f"  {time:<{time_width}}  {place:<{place_width}}  {text}".rstrip())
        else:
            lines.append(f"  {'':<{time_width}}    {text}")
    return "\n".join(lines)


def euros(price: Amount) -> str:
    """Write a price as the range that it is; one that nobody published in whole euros.

    >>> from mobiplan.attributes.amount import Amount, Label
    >>> euros(Amount(38.0, 189.5, "€", Label.PUBLISHED)), euros(Amount.unknown("€"))
    ('38 to 189.50 €', 'unknown')
    >>> euros(Amount(24.95, 130.63, "€", Label.MODELLED))
    '25 to 131 €'
    """
    if not price.is_known:
        return "unknown"
    digits = 2 if price.label.word == "published" else 0
    low, high = (f"{end:.{digits}f}".removesuffix(".00") for end in (price.low, price.high))
    return f"{low} €" if low == high else f"{low} to {high} €"


def amount_text(amount: float, unit: str) -> str:
    """Write an amount with its unit; a count has none, NaN is unknown.

    >>> amount_text(497.0, "min"), amount_text(2.0, "1"), amount_text(float("nan"), "€")
    ('497 min', '2', 'unknown')
    """
    if amount != amount:
        return "unknown"
    return f"{amount:.4g} {'' if unit == '1' else unit}".rstrip()


def signed(minutes: float) -> str:
    """Write a difference in minutes.

    >>> signed(41.86), signed(-28.5), signed(-0.04)
    ('+41.9 min', '−28.5 min', '0.0 min')
    """
    text = f"{minutes:+.1f} min".replace("-", "−")
    return text[1:] if text[1:] == "0.0 min" else text


def labelled(price: Amount) -> str:
    """Write a price with how it is known, unless it is published as such.

    >>> from mobiplan.attributes.amount import Amount, Label
    >>> labelled(Amount(38.0, 189.0, "€", Label.OPPOSITE))
    '38 to 189 € (opposite direction)'
    """
    if price.label.text == "published" or not price.is_known:
        return euros(price)
    return f"{euros(price)} ({price.label.text.removeprefix('published for the ')})"


def kilograms(co2: Amount) -> str:
    """Write an emission: "2.6 kg"."""
    return f"{co2.middle:.1f} kg" if co2.is_known else "unknown"


def personal_facts(journey: Journey) -> str:
    """Write on one line what a planned journey costs, emits and weighs; "" for others."""
    if journey.personal is None or journey.planner is None:
        return ""
    across = any(leg.kind == CITY_CHANGE for leg in journey.legs)
    if not journey.itinerary.rides:
        return UNKNOWN_TICKET if across else ""
    price = journey.price
    fare = f"fare {euros(price)}"
    if price.is_known:
        fare += f" ({price.label.text}, {'a range, ' * (price.low != price.high)}not an offer)"
    if across:
        fare += f", {NO_TICKET}"
    perimeter = journey.planner.attributes.emissions.perimeter
    co2 = f"CO2 {kilograms(journey.co2)}"
    if journey.co2.is_known:
        co2 += f" ({journey.co2.label.word}, {perimeter})"
    return f"{fare} · {co2} · costs you {journey.cost:.0f} min"


def plan_facts(journeys: JourneySet) -> str:
    """Write on one line whom a planned set serves, and what its figures are."""
    coverage = journeys.coverage
    if coverage is None:
        return ""
    parts = []
    if journeys.personal is not None and journeys.personal.n_draws:
        parts.append(f"serves {100 * coverage:.0f} % of travellers like you")
    perimeter = journeys.planner.attributes.emissions.perimeter
    parts += ["fares are ranges, not offers", f"CO2 of the {perimeter}", "cost in minutes aboard"]
    return " · ".join(parts)


def set_text(journeys: JourneySet) -> str:
    """Return a set of journeys as a table with one line for each."""
    title = question_text(journeys)
    if not len(journeys):
        return f"{title}: no journey\n{journeys.diagnosis}".rstrip()
    date = reference_date(journeys)
    header = ["", "departure", "arrival", "duration", "changes", "walking"]
    planned = journeys.personal is not None and journeys.planner is not None
    labels: list[tuple[str, ...]] = [()] * len(journeys)
    if planned:
        from mobiplan.journeys.roles import labels_of

        header += ["fare", "CO2", "cost"]
        labels = labels_of(journeys)
    table = [[*header, "trains", ""]]
    for k in range(min(len(journeys), ROWS_SHOWN)):
        journey = journeys[k]
        row = [
            f"[{k}]",
            clock(journey.departure, date),
            clock(journey.arrival, date, up=True),
            length(shown_duration(journey)),
            str(journey.transfers),
            length(journey.walking, up=True) if journey.walking else "–",
        ]
        if planned:
            row += [labelled(journey.price), kilograms(journey.co2), f"{journey.cost:.0f}"]
        table.append([*row, trains(journey), ", ".join(labels[k])])
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    right_aligned = {0, 3, 4, 5, *((6, 7, 8) if planned else ())}
    lines = [f"{title}: {count(len(journeys))}"]
    for row in table:
        cells = [
            f"{cell:>{width}}" if column in right_aligned else f"{cell:<{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    if len(journeys) > ROWS_SHOWN:
        lines.append(f"... and {len(journeys) - ROWS_SHOWN} more: to_frame() has them all")
    if planned:
        lines.append(plan_facts(journeys))
    return "\n".join(lines)


def count(n: int) -> str:
    """Write how many journeys there are."""
    return counted(n, "journey")


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

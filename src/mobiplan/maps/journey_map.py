"""`explore()` of journeys: their legs on a map, each in its brand's colour, times on hover."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from mobiplan.errors import NoJourney
from mobiplan.journeys.leg import CITY_CHANGE, Leg, elapsed
from mobiplan.journeys.terminal import changes, clock, heading, length
from mobiplan.maps.names import Names, station_names
from mobiplan.maps.page import Box, Key, Map, add_features, add_ground, legend_html, point_feature
from mobiplan.maps.palette import WALK, brand_name, colours

if TYPE_CHECKING:
    from mobiplan.journeys import Journey, JourneySet

#: Journeys that one map shows; the others are counted in its list.
JOURNEYS_SHOWN = 50

_MARGIN_PX = 330  # the box with the list of journeys and the legend

COACH_DASH = "10 5"
WALK_DASH = "1 7"
CITY_DASH = "6 6"


class DrawnLeg(NamedTuple):
    """A leg and the journeys of the set that it is part of."""

    leg: Leg
    journeys: list[int]  # ranks


class Changing(NamedTuple):
    """Where a journey begins, ends or changes."""

    name: str
    lon: float
    lat: float
    lines: list[tuple[int, str]]  # rank and what happens there
    ranks: set[int]


def journeys_of(journeys: Journey | JourneySet) -> list[Journey]:
    """Return the journeys to draw.

    Raises
    ------
    NoJourney
        If the set is empty, in the words of its diagnosis.
    """
    from mobiplan.journeys import Journey

    if isinstance(journeys, Journey):
        return [journeys]
    if not len(journeys):
        raise NoJourney(str(journeys.diagnosis) or "this set holds no journey to draw")
    return [journeys[k] for k in range(min(len(journeys), JOURNEYS_SHOWN))]


def distinct_legs(journeys: Sequence[Journey]) -> list[DrawnLeg]:
    """Return each leg once, in order of rank; the ways of one train share a leg where equal."""
    drawn: dict[tuple[Any, ...], DrawnLeg] = {}
    for rank, journey in enumerate(journeys):
        for leg in journey.legs:
            key = (leg.title, leg.from_id, leg.to_id, leg.departure, leg.arrival, leg.coordinates)
            drawn.setdefault(key, DrawnLeg(leg, [])).journeys.append(rank)
    return list(drawn.values())


def journey_map(journeys: Journey | JourneySet) -> Map:
    """Return a map of one journey or of a set.

    Rides are lines in the brand's colour (coaches dashed), walks are dotted, ways across a city
    by metro dashed in grey; straight between calls, as the feeds hold no tracks. Where one boards,
    changes and alights there is a circle to click. A set lists its journeys: choose one to see it
    alone.

    Parameters
    ----------
    journeys : Journey or JourneySet

    Returns
    -------
    Map
        A folium map; ``.save("journeys.html")`` writes a page that needs no network.

    Raises
    ------
    NoJourney
        If the set is empty.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample())
    >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
    >>> page = journey_map(found).get_root().render()
    >>> all(leg.from_name in page for leg in found.best.legs)
    True
    """
    shown = journeys_of(journeys)
    timetable = shown[0].graph.timetable
    legs = distinct_legs(shown)
    points = [point for drawn in legs for point in drawn.leg.coordinates]
    page = Map(heading(shown[0].legs), points, margin_right=_MARGIN_PX)
    add_ground(page, timetable)
    brand_colours = colours(timetable.brands)
    placed = [drawn for drawn in legs if len(drawn.leg.coordinates) >= 2]
    add_features(page, [_line(drawn, "#fff", 8.0, "") for drawn in placed], "mbp-casing")
    add_features(page, [_leg(drawn, brand_colours) for drawn in placed], "mbp-leg")
    add_features(page, list(_calls(placed)), "mbp-call")
    changing = changing_places(shown)
    add_features(page, [_circle(place) for place in changing], "mbp-station")
    rows = [timetable.stations.id.row(leg_id) for leg_id in _stations_of(shown)]
    page.add_child(Names(station_names(timetable, [row for row in rows if row is not None])))
    total = len(journeys) if isinstance(journeys, Sequence) else 1
    keys = legend_html(legend([drawn.leg for drawn in legs], brand_colours))
    note = not_drawn(legs)
    page.add_child(Box(f"{_choices(shown, total)}<hr>{keys}<div>{note}</div>", "topright"))
    return page


def legend(legs: Sequence[Leg], brand_colours: dict[str, str]) -> list[Key]:
    """Return a row for each brand that the legs use, and for walks and city changes."""
    keys = []
    rides = [leg for leg in legs if not leg.is_walk]
    for brand, mode in dict.fromkeys((leg.brand, leg.mode) for leg in rides):
        dash = COACH_DASH if mode == "coach" else ""
        keys.append(Key(brand_name(brand, mode), brand_colours[brand], 4.0, dash))
    kinds = {leg.kind for leg in legs if leg.is_walk}
    if kinds - {CITY_CHANGE}:
        keys.append(Key("on foot", WALK, 3.0, WALK_DASH))
    if CITY_CHANGE in kinds:
        keys.append(Key("across the city", WALK, 3.0, CITY_DASH))
    return keys


def not_drawn(legs: Sequence[DrawnLeg]) -> str:
    """Say how many legs are not on the map, "" where all are."""
    n = sum(len(drawn.leg.coordinates) < 2 for drawn in legs)
    return f"{n} leg{'s' if n != 1 else ''} not drawn: place unknown" if n else ""


def leg_dash(leg: Leg) -> str:
    """Return the dash pattern of a leg: coaches, walks and city changes are not full lines."""
    if leg.kind == CITY_CHANGE:
        return CITY_DASH
    return WALK_DASH if leg.is_walk else COACH_DASH if leg.mode == "coach" else ""


def leg_text(leg: Leg) -> str:
    """Say what a leg is, from where to where and when."""
    date = leg.departure.date()
    what = (leg.note or leg.kind) if leg.is_walk else leg.title
    start = f"{leg.from_name} {clock(leg.departure, date)}"
    return (
        f"{what}: {start} – {leg.to_name} {clock(leg.arrival, date, up=True)}, "
        f"{length(leg.duration)}"
    )


def _line(drawn: DrawnLeg, colour: str, width: float, dash: str, **about: Any) -> dict[str, Any]:
    points = [[round(lon, 5), round(lat, 5)] for lon, lat in drawn.leg.coordinates]
    style = {"color": colour, "weight": width, "dashArray": dash, "opacity": 0.95}
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": points},
        "properties": {"style": style, "journeys": drawn.journeys, **about},
    }


def _leg(drawn: DrawnLeg, brand_colours: dict[str, str]) -> dict[str, Any]:
    leg = drawn.leg
    colour = WALK if leg.is_walk else brand_colours[leg.brand]
    date = leg.departure.date()
    first = [] if leg.is_walk else [f"<b>{escape(leg.title)}</b> to {escape(leg.direction)}"]
    first += [escape(leg.note)] if leg.note else []
    rows = [(clock(leg.departure, date), leg.from_name)]
    rows += [(clock(call.departure, date), call.name) for call in leg.stops]
    rows += [(clock(leg.arrival, date, up=True), leg.to_name)]
    table = "".join(f"<tr><td>{time}</td><td>{escape(name)}</td></tr>" for time, name in rows)
    return _line(
        drawn,
        colour,
        4.0 if leg.is_walk else 5.0,
        leg_dash(leg),
        name=leg_text(leg),
        tip=escape(leg_text(leg)),
        page=f"{'<br>'.join(first)}<table>{table}</table>{length(leg.duration)}",
    )


def _calls(legs: Sequence[DrawnLeg]) -> Iterator[dict[str, Any]]:
    """Small dots where the trains call on the way."""
    for drawn in legs:
        leg = drawn.leg
        if len(leg.coordinates) != len(leg.stops) + 2:  # a place is unknown: which, one cannot say
            continue
        for call, (lon, lat) in zip(leg.stops, leg.coordinates[1:-1], strict=True):
            time = clock(call.departure, leg.departure.date())
            style = {"radius": 2.6, "color": "#222", "weight": 1, "fillColor": "#fff"}
            yield point_feature(
                lon,
                lat,
                style=style,
                tip=f"<b>{escape(call.name)}</b> {time}<br>{escape(leg.title)}",
                journeys=drawn.journeys,
            )


def changing_places(journeys: Sequence[Journey]) -> list[Changing]:
    """Return where journeys begin, change and end, with what happens there."""
    # By station, not by point: each of its platforms may have a place of its own.
    places: dict[str, Changing] = {}

    def happens(leg: Leg, end: int, rank: int, text: str) -> None:
        if not leg.coordinates:
            return
        lon, lat = leg.coordinates[end]
        name, id_ = (leg.to_name, leg.to_id) if end else (leg.from_name, leg.from_id)
        place = places.setdefault(id_ or name, Changing(name, lon, lat, [], set()))
        place.lines.append((rank, text))
        place.ranks.add(rank)

    for rank, journey in enumerate(journeys):
        date = journey.departure.date()
        for k, leg in enumerate(journey.legs):
            what = (leg.note or "on foot") if leg.is_walk else f"{leg.title} to {leg.direction}"
            before = journey.legs[k - 1] if k else None
            if before is not None and before.to_id == leg.from_id and not leg.is_walk:
                wait = elapsed(before.arrival, leg.departure)
                what += f" ({_change_word(before, leg)} {length(wait)})"
            happens(leg, 0, rank, f"{clock(leg.departure, date)} {what}")
            if not leg.is_walk:
                happens(leg, -1, rank, f"{clock(leg.arrival, date, up=True)} {leg.title} arrives")
    return list(places.values())


def _change_word(before: Leg, leg: Leg) -> str:
    if leg.in_seat:
        return "stay seated,"
    return "wait" if before.is_walk else "change"


def _circle(place: Changing) -> dict[str, Any]:
    lines = list(dict.fromkeys(text for _, text in sorted(place.lines, key=_when)))
    more = len(lines) - 12
    text = "<br>".join(escape(line) for line in lines[:12])
    text += f"<br>and {more} more" if more > 0 else ""
    return point_feature(
        place.lon,
        place.lat,
        style={"radius": 6, "color": "#222", "weight": 2.5, "fillColor": "#fff"},
        name=place.name,
        tip=f"<b>{escape(place.name)}</b><br>{text}",
        page=f"<b>{escape(place.name)}</b><br>{text}",
        journeys=sorted(place.ranks),
    )


def _when(line: tuple[int, str]) -> tuple[int, str]:
    return line


def _stations_of(journeys: Sequence[Journey]) -> list[str]:
    ends = [(leg.from_id, leg.to_id) for journey in journeys for leg in journey.legs]
    return [station for station in dict.fromkeys(id_ for pair in ends for id_ in pair) if station]


def _choices(journeys: Sequence[Journey], total: int) -> str:
    """List the journeys: a button each, where there are several."""
    first = journeys[0]
    title = f"<h4>{escape(heading(first.legs))}, {_day(first.departure.date())}</h4>"
    rows = []
    for rank, journey in enumerate(journeys):
        date = first.departure.date()
        text = (
            f"{clock(journey.departure, date)} – {clock(journey.arrival, date, up=True)} · "
            f"{length(journey.duration)} · {changes(journey.transfers)}"
        )
        if len(journeys) == 1:
            rows.append(f"<div>{text}</div>")
        else:
            about = f'class="mbp-choice" data-rank="{rank}" aria-pressed="false"'
            rows.append(f"<button {about}>{text}</button>")
    more = f"<div>and {total - len(journeys)} more, not drawn</div>" if total > len(rows) else ""
    return title + "".join(rows) + more


def _day(date: dt.date) -> str:
    return f"{date:%a} {date.day} {date:%b %Y}"

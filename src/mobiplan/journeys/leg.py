"""`Leg`: one train, coach or walk of a journey, with names and clocks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

#: Columns of a journey's `to_frame()` and of the legs in `to_dict()`: fixed, in this order.
LEG_COLUMNS = (
    "mode",
    "train_number",
    "brand",
    "direction",
    "from_id",
    "from_name",
    "from_stop_id",
    "departure",
    "to_id",
    "to_name",
    "to_stop_id",
    "arrival",
    "note",
)

#: Kinds of `Timetable.kinds` that a traveller calls a train; any other kind is its own mode.
TRAIN_KINDS = frozenset({"high speed", "intercity", "regional", "suburban", "night", "train"})

WALK = "walk"  # mode and kind
CITY_CHANGE = "city change"  # kind of a way between two stations by metro and the like
NO_TICKET = "without the ticket of the metro or bus"
UNKNOWN_TICKET = "fare unknown: the ticket of the metro or bus across the city"
#: Kinds that people know by their line, not by a train number.
LINE_KINDS = ("suburban", "tram", "metro", "ferry")


def mode_of(kind: str) -> str:
    """Return what a traveller calls a vehicle of `kind`.

    >>> mode_of("high speed"), mode_of("coach"), mode_of("tram")
    ('train', 'coach', 'tram')
    """
    return "train" if kind in TRAIN_KINDS else kind


@dataclass(frozen=True, slots=True)
class Call:
    """A stop on the way, between boarding and alighting.

    Attributes
    ----------
    station_id, name, stop_id : str
    platform : str
        "" where unknown.
    arrival, departure : datetime.datetime
        Aware, in the station's own time zone.
    approximate : bool
        The feed gave no time here; it was interpolated between published ones.
    """

    station_id: str
    name: str
    stop_id: str
    platform: str
    arrival: dt.datetime
    departure: dt.datetime
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Leg:
    """One ride in one train, coach, tram, ..., or one walk.

    Attributes
    ----------
    mode : str
        "train", "coach", "tram", "metro", "ferry", ... or "walk".
    train_number : str
        "" for a walk or where none is published. "2573/2593" when two coupled trains share the
        whole leg and one may sit in either; otherwise the number of the portion to sit in.
    brand : str
        "TGV INOUI", "TER", ...; "" unknown or a walk.
    direction : str
        The station where the train ends, not the published headsign; "Brest/Quimper" in the
        order of the numbers where coupled trains share the whole leg.
    from_id, from_name, from_stop_id : str
        Station id, station name and stop id. A point on the map has its label as name, and no id.
    departure, arrival : datetime.datetime
        Aware, in the station's own time zone where the feed gives one, else the agency's.
    to_id, to_name, to_stop_id : str
    note : str
        What one has to know, "; " between several: "coupled with 2593 as far as Rennes",
        "stay seated", "guaranteed transfer", "approximate times", ...
    kind : str
        "high speed", "intercity", "regional", "night", "coach", ...; "walk" for a walk, "city
        change" where its note says by which lines one gets across the city.
    from_platform, to_platform : str
        "" where unknown.
    stops : tuple of Call
        The calls between boarding and alighting, in riding order.
    coordinates : tuple of (float, float)
        Longitude and latitude in degrees of every call from first to last; calls whose place
        is unknown are left out.
    in_seat : bool
        One stays seated: this leg continues the leg before in the same vehicle.
    trip_id : str
        The trip as the feed calls it; changes from one edition of a feed to the next.
    line : str
        The line's short name ("14", "J", "P53"), "" unknown.
    service_date : datetime.date or None
        The date of the timetable that the train belongs to: a train that leaves at 00:10 may
        belong to the evening before. None for a walk.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample())
    >>> journeys = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
    >>> leg = journeys.best.legs[0]
    >>> leg.mode, leg.from_name
    ('train', 'Rennes')
    """

    mode: str
    train_number: str
    brand: str
    direction: str
    from_id: str
    from_name: str
    from_stop_id: str
    departure: dt.datetime
    to_id: str
    to_name: str
    to_stop_id: str
    arrival: dt.datetime
    note: str = ""
    kind: str = ""
    from_platform: str = ""
    to_platform: str = ""
    stops: tuple[Call, ...] = ()
    coordinates: tuple[tuple[float, float], ...] = ()
    in_seat: bool = False
    trip_id: str = ""
    service_date: dt.date | None = None
    line: str = ""

    @property
    def duration(self) -> dt.timedelta:
        """Elapsed time, also in the night when the clocks change.

        Subtracting two datetimes of one zone would give the difference of the clocks.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> str(found.best.legs[0].duration)
        '1:28:00'
        """
        return elapsed(self.departure, self.arrival)

    @property
    def is_walk(self) -> bool:
        """Whether one goes on foot."""
        return self.mode == WALK

    @property
    def title(self) -> str:
        """What to look for on the board: brand and number (metro, tram: line), or "walk".

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> found.best.legs[0].title
        'TGV INOUI 8054'
        """
        by_line = self.kind in LINE_KINDS and self.line
        return f"{self.brand or self.mode} {self.line if by_line else self.train_number}".strip()

    def to_dict(self) -> dict[str, Any]:
        """Return the fixed columns; times as ISO 8601 text with the offset.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> found.best.legs[0].to_dict()["departure"]
        '2026-03-24T08:05:00+01:00'
        """
        values: dict[str, Any] = {name: getattr(self, name) for name in LEG_COLUMNS}
        values["departure"] = self.departure.isoformat()
        values["arrival"] = self.arrival.isoformat()
        return values

    def to_feature(self, **properties: Any) -> dict[str, Any]:
        """Return a GeoJSON Feature: a LineString through the calls, with the fixed columns.

        Parameters
        ----------
        **properties
            Further properties, put before the leg's own.

        Returns
        -------
        dict
            Its geometry is None where fewer than two places are known (RFC 7946, section 3.2).

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> found.best.legs[0].to_feature(colour="#9B2743")["geometry"]["type"]
        'LineString'
        """
        geometry = None
        if len(self.coordinates) >= 2:
            points = [[lon, lat] for lon, lat in self.coordinates]
            geometry = {"type": "LineString", "coordinates": points}
        further = {
            "kind": self.kind,
            "from_platform": self.from_platform,
            "to_platform": self.to_platform,
        }
        return {
            "type": "Feature",
            "geometry": geometry,
            "properties": {**properties, **self.to_dict(), **further},
        }


def elapsed(start: dt.datetime, end: dt.datetime) -> dt.timedelta:
    """Return the time that passes between two aware datetimes, whatever the clocks do."""
    return end.astimezone(dt.UTC) - start.astimezone(dt.UTC)


def iso_duration(duration: dt.timedelta) -> str:
    """Write a duration as ISO 8601 text.

    >>> iso_duration(dt.timedelta(hours=5, minutes=32)), iso_duration(dt.timedelta(0))
    ('PT5H32M', 'PT0S')
    """
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "H"), (minutes, "M"), (seconds, "S")]
    return "PT" + ("".join(f"{n}{unit}" for n, unit in parts if n) or "0S")

"""`Access`: what a station offers, in three values: yes, no, and unknown, which is neither."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mobiplan.attributes.amount import Label
from mobiplan.attributes.legs import sealed
from mobiplan.attributes.places import stations_by_code
from mobiplan.errors import InvalidQuery
from mobiplan.opendata.dataset import Source, key
from mobiplan.opendata.tables import OpenData
from mobiplan.timetable.arrays import Float64, Int8, Int16
from mobiplan.timetable.counting import counted
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN, YES, NO = 0, 1, 2
WORDS = ("unknown", "yes", "no")

#: Feature -> the row of `equipements-accessibilite-en-gares` that says it is there.
EQUIPMENT: Mapping[str, str] = MappingProxyType(
    {
        "step_free": "Accès par ascenseur, rampe ou de plain-pied, depuis l'entrée",
        "assistance": "Assistance proposée pour accéder aux quais et monter / descendre du train",
        "staff": "Présence du personnel",
        "wheelchair_lent": "Fauteuil roulant à disposition",
        "toilets": "Toilettes",
        "wheelchair_toilets": "Toilettes adaptées aux personnes en fauteuil roulant",
        "tactile_paving": "Bande d'éveil de vigilance sur les quais",
        "induction_loop": "Boucle à induction magnétique",
        "spoken_information": "Information sonore en gare et/ou sur les quais",
        "screens": "Écrans d'information en gare et/ou sur les quais",
    }
)
FEATURES = (*EQUIPMENT, "wifi")

SEGMENTS = ("", "A", "B", "C")  # of a station, by `Access.segment`

#: Assistances given in this many months up to the table's last show that there is assistance.
RECENT_MONTHS = 12


class Fact(NamedTuple):
    """One answer about one station."""

    value: str  # "yes", "no" or "unknown"
    label: Label
    sources: tuple[Source, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Access:
    """Facts about every station, by row of ``timetable.stations``.

    Equipment is published as what is there; what is not listed stays unknown. Only GTFS
    (wheelchair_boarding 2) and the Wi-Fi table say no. Where GTFS says no and a table says yes,
    the answer is no: the wrong yes strands a person. Made by `Attributes.access`.

    Examples
    --------
    >>> import mobiplan as mp
    >>> from mobiplan.attributes import Attributes
    >>> timetable = mp.sample()
    >>> access = Attributes(timetable).access
    >>> access.fact(timetable.stations.name.index("Rennes"), "step_free").value
    'unknown'
    """

    values: Mapping[str, Int8]  # feature -> (n_stations,) 0 unknown, 1 yes, 2 no
    labels: Mapping[str, Int8]  # feature -> (n_stations,) a Label
    segment: Int8  # (n_stations,) place in SEGMENTS: A national, B regional, C local; 0 unknown
    passengers: Float64  # (n_stations,) a year; NaN unknown
    passengers_year: Int16  # (n_stations,) that year; 0 unknown
    trip_wheelchair: Int8  # (n_trips,) as GTFS says: 0 unknown, 1 yes, 2 no
    trip_bicycle: Int8  # (n_trips,) as GTFS says
    sources: tuple[Source, ...]
    _said_by: Mapping[str, Int8]  # feature -> (n_stations,) place in `sources`, -1 nobody
    _hours: Mapping[int, Mapping[int, tuple[tuple[int, int], ...]]]

    @property
    def step_free(self) -> Int8:
        """Whether one reaches the platforms without steps, (n_stations,) three-valued."""
        return self.values["step_free"]

    @property
    def assistance(self) -> Int8:
        """Whether staff help on and off trains, (n_stations,) three-valued."""
        return self.values["assistance"]

    @property
    def wifi(self) -> Int8:
        """Whether the station has Wi-Fi, (n_stations,) three-valued."""
        return self.values["wifi"]

    def fact(self, station: int, feature: str) -> Fact:
        """Return one answer with its label and sources.

        Parameters
        ----------
        station : int
            Row of ``timetable.stations``.
        feature : str
            One of `FEATURES`.

        Raises
        ------
        InvalidQuery
            If there is no such feature.
        """
        if feature not in self.values:
            raise InvalidQuery(f"feature={feature!r} is not one of {', '.join(self.values)}")
        by = int(self._said_by[feature][station])
        return Fact(
            WORDS[int(self.values[feature][station])],
            Label(int(self.labels[feature][station])),
            (self.sources[by],) if by >= 0 else (),
        )

    def opening_hours(self, station: int, date: dt.date) -> tuple[tuple[int, int], ...] | None:
        """Return when a station is open on an ordinary day.

        On public holidays stations keep other hours.

        Parameters
        ----------
        station : int
            Row of ``timetable.stations``.
        date : datetime.date
            A local day.

        Returns
        -------
        tuple of (opens_s, closes_s), or None
            Seconds since midnight, beyond 86,400 after the next; empty if it is closed that day;
            None if nothing is published.

        Examples
        --------
        >>> import datetime as dt
        >>> import mobiplan as mp
        >>> timetable = mp.sample()
        >>> access = mp.Attributes(timetable, mp.sample_data()).access
        >>> rennes = timetable.stations.name.index("Rennes")
        >>> [(s // 3600, e // 3600) for s, e in access.opening_hours(rennes, dt.date(2026, 3, 24))]
        [(5, 24)]
        """
        days = self._hours.get(station)
        return None if days is None else days.get(date.weekday(), ())

    def is_open(self, station: int, moment: dt.datetime) -> str:
        """Return whether a station is open: "yes", "no" or "unknown".

        Parameters
        ----------
        station : int
            Row of ``timetable.stations``.
        moment : datetime.datetime
            Local date and time of an ordinary day.

        Examples
        --------
        >>> import datetime as dt
        >>> import mobiplan as mp
        >>> mp.Attributes(mp.sample()).access.is_open(0, dt.datetime(2026, 3, 24, 3, 30))
        'unknown'
        """
        today = self.opening_hours(station, moment.date())
        yesterday = self.opening_hours(station, moment.date() - dt.timedelta(days=1))
        if today is None or yesterday is None:
            return WORDS[UNKNOWN]
        clock = moment.hour * 3600 + moment.minute * 60 + moment.second
        spans = [*today, *((opens - 86_400, closes - 86_400) for opens, closes in yesterday)]
        return WORDS[YES if any(opens <= clock < closes for opens, closes in spans) else NO]

    def __repr__(self) -> str:
        known = {name: int((values != UNKNOWN).sum()) for name, values in self.values.items()}
        return f"Access(known of {counted(len(self.segment), 'station')}: {known})"


def make_access(timetable: Timetable, data: OpenData | None) -> Access:
    """Lay the tables about stations over a timetable; each may be missing."""
    n_stations = len(timetable.stations.lat)
    stations = stations_by_code(timetable, data)
    values = {name: np.zeros(n_stations, dtype=np.int8) for name in FEATURES}
    labels = {name: np.full(n_stations, Label.UNKNOWN, dtype=np.int8) for name in FEATURES}
    said_by = {name: np.full(n_stations, -1, dtype=np.int8) for name in FEATURES}
    sources: list[Source] = []
    for name, source, rows, value, label in _statements(timetable, data, stations):
        if source not in sources:
            sources.append(source)
        new = rows[values[name][rows] == UNKNOWN]  # the first to speak of a station is believed
        values[name][new], labels[name][new] = value, label
        said_by[name][new] = sources.index(source)
    segment, passengers, year = _sizes(data, stations, n_stations)
    others = ("stations", "passengers", "hours")
    return Access(
        values=_sealed_all(values),
        labels=_sealed_all(labels),
        segment=sealed(segment),
        passengers=sealed(passengers),
        passengers_year=sealed(year),
        trip_wheelchair=timetable.trips.wheelchair,
        trip_bicycle=timetable.trips.bicycle,
        sources=(*sources, *(data.source(n) for n in others if data is not None and n in data)),
        _said_by=_sealed_all(said_by),
        _hours=_opening(data, stations),
    )


def _statements(
    timetable: Timetable, data: OpenData | None, stations: dict[str, int]
) -> list[tuple[str, Source, Any, Any, Label]]:
    """Who says what of which stations, the most binding first."""
    said: list[tuple[str, Source, Any, Any, Label]] = []
    wheelchair = timetable.stations.wheelchair
    for value in (NO, YES):  # GTFS is the one source that knows both
        rows = np.flatnonzero(wheelchair == value)
        if len(rows):
            gtfs = Source("GTFS: wheelchair_boarding", "", "", "", _feeds(timetable))
            said.append(("step_free", gtfs, rows, value, Label.PUBLISHED))
    if data is None:
        return said
    if "equipment" in data:
        table, source = data.table("equipment"), data.source("equipment")
        features = {key(item): name for name, item in EQUIPMENT.items()}
        named = table["item"].map(lambda item: features.get(key(item), ""))
        for name in EQUIPMENT:
            rows = _rows(table.loc[named == name, "code"], stations)
            said.append((name, source, rows, YES, Label.PUBLISHED))
    if "assistance" in data:
        table, source = data.table("assistance"), data.source("assistance")
        months = np.sort(table["month"].unique())[-RECENT_MONTHS:]
        given = table[table["month"].isin(months) & table["assistances"].gt(0)]
        rows = _rows(given["code"], stations)
        said.append(("assistance", source, rows, YES, Label.MODELLED))
    if "wifi" in data:
        table, source = data.table("wifi"), data.source("wifi")
        for value in (YES, NO):
            rows = _rows(table.loc[table["wifi"] == value, "code"], stations)
            said.append(("wifi", source, rows, value, Label.PUBLISHED))
    return said


def _feeds(timetable: Timetable) -> str:
    return ", ".join(source.name for source in timetable.sources)


def _rows(codes: pd.Series, stations: dict[str, int]) -> Any:
    found = {stations[code] for code in codes.unique() if code in stations}
    return np.array(sorted(found), dtype=np.int64)


def _sizes(
    data: OpenData | None, stations: dict[str, int], n_stations: int
) -> tuple[Int8, Float64, Int16]:
    """Size class, passengers of the latest year and that year."""
    segment = np.zeros(n_stations, dtype=np.int8)
    passengers = np.full(n_stations, np.nan)
    year = np.zeros(n_stations, dtype=np.int16)
    sizes: dict[str, str] = {}
    if data is not None and "passengers" in data:
        table = data.table("passengers")
        latest = table.drop_duplicates("code", keep="last")  # years ascend
        sizes |= dict(zip(latest["code"], latest["segment"], strict=True))
        for code, count, of in zip(
            latest["code"], latest["passengers"], latest["year"], strict=True
        ):
            if (row := stations.get(code, -1)) >= 0:
                passengers[row], year[row] = count, of
    if data is not None and "stations" in data:
        table = data.table("stations")
        sizes |= dict(zip(table["code"], table["segment"], strict=True))
    for code, size in sizes.items():
        if (row := stations.get(code, -1)) >= 0 and size in SEGMENTS[1:]:
            own = int(segment[row]) or len(SEGMENTS)
            segment[row] = min(own, SEGMENTS.index(size))  # several codes: the largest
    return segment, passengers, year


def _opening(
    data: OpenData | None, stations: dict[str, int]
) -> dict[int, dict[int, tuple[tuple[int, int], ...]]]:
    """Station -> weekday -> when it is open; a day whose hours cannot be read is not known."""
    if data is None or "hours" not in data:
        return {}
    hours: dict[int, dict[int, tuple[tuple[int, int], ...]]] = {}
    table = data.table("hours")
    columns = (table[name].tolist() for name in ("code", "weekday", "opens_s", "closes_s"))
    unread = set()
    for code, weekday, opens, closes in zip(*columns, strict=True):
        if (row := stations.get(code, -1)) < 0:
            continue
        if np.isnan(opens):
            unread.add(row)
            continue
        days = hours.setdefault(row, {})
        days[weekday] = (*days.get(weekday, ()), (int(opens), int(closes)))
    for row in unread:
        hours.pop(row, None)
    return hours


def _sealed_all(columns: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType({name: sealed(array) for name, array in columns.items()})

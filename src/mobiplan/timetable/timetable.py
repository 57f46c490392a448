"""`Timetable`: a whole feed, or several, as frozen arrays, free of dates."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mobiplan import times
from mobiplan.errors import InvalidQuery, OutsideCalendar
from mobiplan.gtfs.tables import Source
from mobiplan.timetable.arrays import (
    Agencies,
    Calls,
    Exceptions,
    Footpaths,
    Groups,
    Hops,
    PublishedTransfers,
    Routes,
    Stations,
    Stops,
    Trips,
    frozen,
)
from mobiplan.timetable.counting import counted
from mobiplan.timetable.names import StationNames
from mobiplan.timetable.rules import TransferRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from mobiplan.maps.page import Map
    from mobiplan.timetable.editing import Edit


@dataclass(frozen=True, eq=False, repr=False)
class Timetable:
    """Stations, trips, calls, services and transfers of one or several feeds.

    Made by `mobiplan.load`; every array is read-only. See `mobiplan.timetable.arrays` for the
    shape, dtype and unit of each.

    Attributes
    ----------
    agencies, stations, stops, routes, trips, calls, hops : NamedTuple of arrays
        What the feeds say. A row number is the same thing everywhere.
    published, footpaths, groups, exceptions : NamedTuple of arrays
        How one changes: transfers.txt, walks between stations, the minima between groups of stops,
        and what only two trips have.
    active : (n_services, n_days) uint8
        1 where a service runs on `first_date` + day.
    first_date : datetime.date
        Day 0.
    brands, kinds, timezones : tuple of str
        What the columns of that name hold row numbers of.
    sources : tuple of Source
        The feeds.
    rules : TransferRules
        How long changes take where the feeds do not say.

    Examples
    --------
    >>> import mobiplan as mp
    >>> timetable = mp.sample()
    >>> timetable.dates[0].isoformat(), len(timetable.dates)
    ('2026-03-23', 7)
    """

    agencies: Agencies
    stations: Stations
    stops: Stops
    routes: Routes
    trips: Trips
    calls: Calls
    hops: Hops
    published: PublishedTransfers
    footpaths: Footpaths
    groups: Groups
    exceptions: Exceptions
    active: NDArray[np.uint8]  # (n_services, n_days) 1 = runs on first_date + day
    first_date: dt.date
    brands: tuple[str, ...]
    kinds: tuple[str, ...]
    timezones: tuple[str, ...]
    sources: tuple[Source, ...]
    rules: TransferRules
    check_rows: tuple[dict[str, Any], ...]
    #: The folder it was loaded from and what was in it then; None of a timetable made otherwise.
    saved: tuple[str, str] | None = field(default=None, init=False)

    @cached_property
    def checks(self) -> pd.DataFrame:
        """What was odd in the feeds, how often, and what was done about it.

        A row for each kind of oddity, none where there was none. Columns, all text but the count
        (int): source (the feed), file, check, severity, count, example, action.

        Examples
        --------
        >>> import mobiplan as mp
        >>> len(mp.sample().checks)
        0
        """
        import pandas as pd

        columns = ["source", "file", "check", "severity", "count", "example", "action"]
        return pd.DataFrame(list(self.check_rows), columns=columns)

    @cached_property
    def dates(self) -> list[dt.date]:
        """The days on which at least one trip runs, in order.

        Examples
        --------
        >>> import mobiplan as mp
        >>> mp.sample().dates[-1].isoformat()
        '2026-03-29'
        """
        days = np.flatnonzero(self.active.any(axis=0))
        return [self.first_date + dt.timedelta(days=int(day)) for day in days]

    @cached_property
    def span(self) -> tuple[int, int]:
        """First departure and last arrival of all, in seconds since 1970 UTC."""
        trips, calls = self.trips, self.calls
        begins, ends = calls.departure[trips.call_ptr[:-1]], calls.arrival[trips.call_ptr[1:] - 1]
        zones = [times.zone(name) for name in self.timezones]
        first, last = [], []
        for date in self.dates[: self.lookback + 2] + self.dates[-self.lookback - 2 :]:
            runs = self.active[trips.service, (date - self.first_date).days] != 0
            for row, tz in enumerate(zones):
                mine = runs & (trips.zone == row)
                if mine.any():
                    start = times.service_day_start(date, tz)
                    first.append(start + int(begins[mine].min()))
                    last.append(start + int(ends[mine].max()))
        return min(first), max(last)

    @cached_property
    def busiest_date(self) -> dt.date:
        """The day with the most trips; the first of several.

        Examples
        --------
        >>> import mobiplan as mp
        >>> f"{mp.sample().busiest_date:%A}"
        'Friday'
        """
        trips_of_service = np.bincount(self.trips.service, minlength=len(self.active))
        return self.first_date + dt.timedelta(days=int((trips_of_service @ self.active).argmax()))

    @cached_property
    def lookback(self) -> int:
        """How many service days earlier a trip may have begun that is still under way."""
        return int(self.hops.arrival.max(initial=0)) // 86_400

    @cached_property
    def names(self) -> StationNames:
        """The search by name behind `find`."""
        stations = self.stations
        return StationNames(
            ids=stations.id[:],
            names=stations.name[:],
            codes=stations.code[:],
            weight=stations.departures,
            lat=stations.lat,
            lon=stations.lon,
        )

    def require_date(self, date: dt.date) -> int:
        """Return the day number of the service date `date`, counted from `first_date`.

        Raises
        ------
        OutsideCalendar
            If no trip could run on `date`; the message names the dates there are.
        """
        if not self.dates[0] <= date <= self.dates[-1]:
            raise self.outside(date)
        return (date - self.first_date).days

    def outside(self, date: dt.date) -> OutsideCalendar:
        """Return the error that says which dates there are."""
        return OutsideCalendar(
            f"{date} lies outside the timetable, which has trips from {self.dates[0]} to "
            f"{self.dates[-1]}: ask for one of those days (see timetable.dates)"
        )

    def find(self, text: str, limit: int = 10) -> pd.DataFrame:
        """Search stations by name, id, UIC code or city: best match first, then busiest.

        Parameters
        ----------
        text : str
            Accents, case, hyphens, "St" for "Saint" and small typing errors do not matter.
        limit : int
            The most rows to return.

        Returns
        -------
        pandas.DataFrame
            A row for each station: id, name, code (UIC) and match ("name", "city", ...) as text,
            lat and lon (degrees, WGS 84), departures (int, on the busiest day).

        Raises
        ------
        InvalidQuery
            If `text` is not text.

        Examples
        --------
        >>> import mobiplan as mp
        >>> mp.sample().find("gare de lyon")["name"].iloc[0]
        'Paris Gare de Lyon'
        """
        import pandas as pd

        if not isinstance(text, str):
            raise InvalidQuery(f"find({text!r}): give a name, an id or a UIC code as text")
        matches = self.names.find(text, limit=limit)
        rows = [match.station for match in matches]
        stations = self.stations
        return pd.DataFrame(
            {
                "id": [stations.id[i] for i in rows],
                "name": [stations.name[i] for i in rows],
                "code": [stations.code[i] for i in rows],
                "lat": stations.lat[rows],
                "lon": stations.lon[rows],
                "departures": stations.departures[rows],
                "match": [match.how for match in matches],
            }
        )

    def explore(self) -> Map:
        """Return a map of the network, stations sized by their departures; see `mobiplan.maps`.

        A folium map: shown in a notebook, and ``.save("network.html")`` writes a page that needs no
        network.

        Examples
        --------
        >>> import mobiplan as mp
        >>> page = mp.sample().explore().get_root().render()
        >>> "Rennes" in page
        True
        """
        from mobiplan.maps.network_map import network_map

        return network_map(self)

    def plot_marey(
        self, along: str | Sequence[str], date: times.DateLike, ax: Axes | None = None
    ) -> Axes:
        """Draw the runs of a day along a line: time to the right, distance upwards.

        Parameters
        ----------
        along : str or sequence of str
            A line, by its short name, long name or id, or two stations or more in order.
        date : day
            A service date.
        ax : matplotlib.axes.Axes, optional
            Where to draw; on new axes if left out.

        Raises
        ------
        InvalidQuery
            If there is no such line, or fewer than two stations.
        UnknownStation, AmbiguousStation
            If a station is not known, or several are meant.
        OutsideCalendar
            If the day has no service.

        Examples
        --------
        >>> import mobiplan as mp
        >>> ax = mp.sample().plot_marey(["Rennes", "Laval", "Le Mans"], "2026-03-24")
        >>> ax.get_title(loc="left")
        'Rennes – Le Mans, Tue 24 Mar 2026'
        """
        from mobiplan.maps.marey import marey

        return marey(self, along, date, ax)

    def with_rules(self, rules: TransferRules) -> Timetable:
        """Return this timetable under other transfer rules; the trips are shared.

        Parameters
        ----------
        rules : TransferRules
            What a change needs where the feed does not say.

        Examples
        --------
        >>> import mobiplan as mp
        >>> strict = mp.sample().with_rules(mp.TransferRules(large=900))
        >>> strict.rules.large
        900
        """
        from mobiplan.timetable.footpaths import make_footpaths
        from mobiplan.timetable.groups import make_groups
        from mobiplan.timetable.minima import Network

        if rules == self.rules:
            return self
        footpaths = make_footpaths(self.stations, rules)
        network = Network(*(getattr(self, name) for name in Network._fields))
        groups, exceptions = make_groups(network, footpaths, rules)
        return dataclasses.replace(
            self,
            footpaths=frozen(footpaths),
            groups=frozen(groups),
            exceptions=frozen(exceptions),
            rules=rules,
        )

    def edit(self) -> Edit:
        """Begin a scenario: trips removed, added, shifted or retimed, stations or lines closed.

        Each step returns a new edit, and ``apply()`` the new timetable; this one stays as it is.

        Examples
        --------
        >>> import mobiplan as mp
        >>> before = mp.sample()
        >>> after = before.edit().remove(trains="8601").close("Massy TGV").apply()
        >>> "8601" in set(before.trips.number), "8601" in set(after.trips.number)
        (True, False)
        """
        from mobiplan.timetable.drafts import draft_of
        from mobiplan.timetable.editing import Edit

        return Edit(self, draft_of(self))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the timetable as a folder that `mobiplan.load` memory-maps.

        The folder appears whole or not at all: a crash halfway leaves an older one readable.

        Parameters
        ----------
        path : path
            The folder to make, or a saved timetable to replace.

        Raises
        ------
        InvalidTimetable
            If `path` holds something that is not a saved timetable.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import mobiplan as mp
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     mp.sample().save(Path(folder) / "sample.timetable")
        ...     print(mp.load(Path(folder) / "sample.timetable").dates[0])
        2026-03-23
        """
        from mobiplan.timetable.storage import save_timetable

        save_timetable(self, path)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle a saved timetable as its folder's name: who opens it maps the arrays."""
        if self.saved is not None:
            from mobiplan.timetable.storage import reopened

            return reopened, self.saved
        return _from_fields, tuple(getattr(self, name) for name in _field_names())

    def __repr__(self) -> str:
        dates = self.dates
        names = ", ".join(source.name for source in self.sources)
        return (
            f"Timetable({names}: {counted(len(self.stations.name), 'station')}, "
            f"{counted(len(self.trips.route), 'trip')}, {counted(len(self.hops.trip), 'hop')}, "
            f"{dates[0]} to {dates[-1]})"
        )


def _field_names() -> list[str]:
    return [f.name for f in dataclasses.fields(Timetable) if f.init]


def _from_fields(*values: Any) -> Timetable:
    """Make a timetable anew, as pickle does, which forgets that its arrays are read-only."""
    named = dict(zip(_field_names(), values, strict=True))
    for name, value in named.items():
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            named[name] = frozen(value)
    named["active"].flags.writeable = False
    return Timetable(**named)

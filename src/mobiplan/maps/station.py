"""`Planner.station()`: a station's page, as tables, as HTML and as a map."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.maps import boards, changes
from mobiplan.maps.station_facts import FactsLike, StationFact, station_facts

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.maps.page import Map
    from mobiplan.planner import Planner
    from mobiplan.planner.places import PlaceLike


class StationPage:
    """One station, or the stations of a place, and what a traveller asks about them.

    Parameters
    ----------
    planner : Planner
    place : place
        A station's name or id, a city, or a list of these.
    facts : Access, DataFrame or mapping, optional
        What open data say: ``Attributes(...).access``; a table with the columns fact and value
        (and label and source); or a mapping of fact to value or to (value, source).

    Raises
    ------
    UnknownStation, AmbiguousStation
        With the nearest names, or the candidates.
    InvalidQuery
        If `facts` is none of these, or `place` is a point on the map.

    Examples
    --------
    >>> import mobiplan as mp
    >>> page = StationPage(mp.Planner(mp.sample()), "Lyon Part Dieu")
    >>> page.name
    'Lyon Part Dieu'
    >>> page.departures("2026-03-24 08:00", n=3)["departure"].is_monotonic_increasing
    True
    """

    def __init__(self, planner: Planner, place: PlaceLike, facts: FactsLike | None = None) -> None:
        found = planner.place(place)
        if found.lat is not None:
            raise InvalidQuery(
                f"station({place!r}) is a point on the map: give a station's name or id"
            )
        self.planner = planner
        self.timetable = planner.timetable
        self.rows = found.stations  # in Timetable.stations, the busiest first
        names = self.timetable.stations.name
        self.name = names[self.rows[0]] if len(self.rows) == 1 else found.label
        self._facts = facts
        _ = self.fact_lines  # a table that cannot be read is refused at once

    @cached_property
    def stations(self) -> pd.DataFrame:
        """Columns id, name, code, lat, lon (degrees), departures (on the busiest day)."""
        import pandas as pd

        stations, rows = self.timetable.stations, list(self.rows)
        return pd.DataFrame(
            {
                "id": [stations.id[row] for row in rows],
                "name": [stations.name[row] for row in rows],
                "code": [stations.code[row] for row in rows],
                "lat": stations.lat[rows],
                "lon": stations.lon[rows],
                "departures": stations.departures[rows],
            }
        )

    @cached_property
    def facts(self) -> pd.DataFrame:
        """What is known about the place's busiest station: fact, value, label, source.

        The label is published, modelled, assumed, "as given" (you gave it without a source) or
        unknown; what travellers ask and nobody says is there too, as unknown.
        """
        import pandas as pd

        return pd.DataFrame(self.fact_lines, columns=list(StationFact._fields))

    @cached_property
    def fact_lines(self) -> list[StationFact]:
        """The facts one by one."""
        day = self.timetable.busiest_date
        monday = day - dt.timedelta(days=day.weekday())
        return station_facts(self.timetable, self.rows[0], self._facts, monday)

    def departures(self, at: times.TimeLike, n: int = 10, days: int = 2) -> pd.DataFrame:
        """Return the departures board: what may be boarded from `at` on.

        Parameters
        ----------
        at : time
            ISO text, datetime or Timestamp; naive means the agency's own time.
        n : int
            The most rows.
        days : int
            How many service days are looked at.

        Returns
        -------
        pandas.DataFrame
            By departure. Columns departure (aware datetime64[s], the station's zone), mode, brand,
            train_number ("2573/2593" for coupled trains), line, direction (where it ends), via (its
            three busiest calls on the way), platform ("" unknown), from_id, from_name.

        Raises
        ------
        OutsideCalendar
            If the day lies outside the timetable.
        InvalidQuery
            If `at`, `n` or `days` is malformed.
        """
        for name, value in (("n", n), ("days", days)):
            if not isinstance(value, int) or value < 1:
                raise InvalidQuery(f"{name}={value!r}: a whole number, at least 1")
        zone = times.zone(boards.zone_of(self.timetable, self.rows[0]))
        instant = times.parse_time(at, zone, "at")
        graph = self.planner.windows.around(instant, days, backward=False)[0]
        return boards.departures(graph, self.rows, instant, n)

    def direct(self, date: times.DateLike | None = None) -> pd.DataFrame:
        """Return where one gets to without a change.

        Parameters
        ----------
        date : day, optional
            A service date; the timetable's busiest by default.

        Returns
        -------
        pandas.DataFrame
            Most trips first. Columns id, name, trips (of the date; coupled trains once), fastest
            (timedelta64[s]), first, last (departures here, aware), brands. Through coaches that
            change their number on the way are not followed.
        """
        day = self.timetable.busiest_date if date is None else times.parse_date(date)
        return boards.direct(self.timetable, self.rows, day)

    def transfers(self) -> pd.DataFrame:
        """Return how long changes take from trains that arrive here.

        Returns
        -------
        pandas.DataFrame
            Within the station first. Columns to_id, to_name (where one boards), from_brand,
            to_brand, shortest, longest (timedelta64[s] from arrival to departure; they differ by
            platform), doors_close (how long before departure; included), way (between two
            stations, on foot or by metro; included), guaranteed (the second train waits), label
            (published, modelled, assumed), source.
        """
        return changes.transfers(self.timetable, self.rows)

    def explore(self, date: times.DateLike | None = None) -> Map:
        """Return a map of the station and of where one gets to without a change.

        Circles grow with the trips of the day. ``.save("station.html")`` writes a page that needs
        no network.

        Parameters
        ----------
        date : day, optional
            The busiest by default.
        """
        from mobiplan.maps.station_map import station_map

        return station_map(self, date)

    def __repr__(self) -> str:
        facts = "\n".join(f"  {fact.fact}: {fact.value}" for fact in self.fact_lines)
        return f"{self.name}\n{facts}"

    def _repr_html_(self) -> str:
        from mobiplan.maps.station_html import station_html

        return station_html(self)

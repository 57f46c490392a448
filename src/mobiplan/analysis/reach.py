"""`Reach`: where one can get to from a place within a time, changes, euros and kilograms of CO2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mobiplan import times
from mobiplan.analysis.fan import Question, fan, found_of, many, when_of
from mobiplan.analysis.rides import Worth, crossings, worth_of
from mobiplan.errors import InvalidQuery, NoJourney
from mobiplan.journeys.itinerary import Itinerary, Place
from mobiplan.journeys.itinerary import Question as Asked
from mobiplan.search.everywhere import Best
from mobiplan.timetable.arrays import Int32, Int64
from mobiplan.timetable.counting import counted
from mobiplan.timetable.graph import NEVER
from mobiplan.traveller.needs import Needs
from mobiplan.traveller.traveller import Traveller

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from mobiplan.journeys import Journey
    from mobiplan.maps.page import Map
    from mobiplan.planner.places import PlaceLike
    from mobiplan.planner.planner import Planner

#: Columns of `Reach.to_frame`.
REACH_COLUMNS = (
    "id",
    "name",
    "geometry",
    "departure",
    "arrival",
    "travel_time",
    "transfers",
    "price_min",
    "price_max",
    "co2_kg",
)


@dataclass(frozen=True, eq=False, repr=False)
class Reach:
    """The stations within reach of a place, each with the best journey there; see `Planner.reach`.

    Attributes
    ----------
    planner : Planner
        Under the needs that were asked for.
    place : Place
        From where, or towards where.
    question : Question
        When, and in which direction.
    within_s : int
        The longest travel time [s].
    station : (n,) int32
        Rows of ``timetable.stations``, by travel time, then id.
    travel_time : (n,) int64
        Seconds.
    best : Best
        The journeys, in the same order.
    worth : Worth
        What they cost and emit.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample())
    >>> reach = planner.reach("Rennes", "2 h", date="2026-03-24")
    >>> reach.to_frame()["name"].iloc[0]
    'Rennes'

    A day trip: out in the morning, back in the evening, and at least six hours there.

    >>> out = planner.reach("Rennes", "3 h", depart="2026-03-24 07:00").to_frame()
    >>> back = planner.reach("Rennes", "4 h", arrive="2026-03-24 22:00").to_frame()
    >>> trips = out.merge(back, on=["id", "name"], suffixes=("", "_back"))
    >>> trips["stay"] = trips["departure_back"] - trips["arrival"]
    >>> bool((trips[trips["stay"] >= "6 h"]["name"] == "Nantes").any())
    True

    Where two people meet, so that who travels longer travels least:

    >>> hers = planner.reach("Rennes", "5 h", date="2026-03-24").to_frame()
    >>> his = planner.reach("Lyon", "5 h", date="2026-03-24").to_frame()
    >>> both = hers.merge(his, on=["id", "name"])
    >>> meeting = both[["travel_time_x", "travel_time_y"]].max(axis=1).idxmin()
    >>> both["name"][meeting]
    'Massy TGV'
    """

    planner: Planner
    place: Place
    question: Question
    within_s: int
    station: Int32
    travel_time: Int64
    best: Best
    worth: Worth

    def __len__(self) -> int:
        return len(self.station)

    def __repr__(self) -> str:
        way = "towards" if self.question.towards else "from"
        within = times.format_duration(self.within_s)
        return f"Reach({counted(len(self), 'station')} within {within} {way} {self.place.label})"

    def to_frame(self) -> gpd.GeoDataFrame:
        """Return a row for each station, the nearest in time first, then by id.

        Returns
        -------
        geopandas.GeoDataFrame
            In EPSG:4326; columns id, name, geometry (a Point, None where the place is unknown),
            departure and arrival (datetime64[s] in the agency's zone), travel_time
            (timedelta64[s]), transfers (int64), price_min and price_max (float64, euros), co2_kg
            (float64); NaN where nothing is known.

        Examples
        --------
        >>> import mobiplan as mp
        >>> reach = mp.Planner(mp.sample()).reach("Rennes", "2 h", date="2026-03-24")
        >>> frame = reach.to_frame()
        >>> frame.crs.to_epsg(), frame["travel_time"].is_monotonic_increasing
        (4326, True)
        """
        import geopandas as gpd
        import pandas as pd

        from mobiplan.journeys.tables import durations, instants

        timetable, epoch = self.planner.timetable, self.question.graph.epoch
        stations, rows = timetable.stations, self.station
        zone = timetable.timezones[0]
        points = gpd.points_from_xy(stations.lon[rows], stations.lat[rows])
        points = np.where(np.isnan(stations.lat[rows]), None, points)
        columns: dict[str, Any] = {
            "id": pd.Series([stations.id[row] for row in rows.tolist()], dtype="str"),
            "name": pd.Series([stations.name[row] for row in rows.tolist()], dtype="str"),
            "geometry": gpd.GeoSeries(points, crs="EPSG:4326"),
            "departure": instants((self.best.departure + epoch).tolist(), zone),
            "arrival": instants((self.best.arrival + epoch).tolist(), zone),
            "travel_time": durations(self.travel_time.tolist()),
            "transfers": self.best.transfers,
            **self.worth._asdict(),
        }
        return gpd.GeoDataFrame(columns, geometry="geometry", crs="EPSG:4326")

    def journey(self, place: PlaceLike) -> Journey:
        """Return the journey to (or from) a station of the reach.

        Parameters
        ----------
        place : place
            As `Planner.earliest_arrival` takes it.

        Raises
        ------
        NoJourney
            If the station is not within reach.
        UnknownStation, AmbiguousStation
            With the nearest names, or the candidates.

        Examples
        --------
        >>> import mobiplan as mp
        >>> reach = mp.Planner(mp.sample()).reach("Rennes", "4 h", date="2026-03-24")
        >>> reach.journey("Nantes").transfers
        0
        """
        from mobiplan.journeys import Journey

        other = self.planner.place(place)
        rows = np.flatnonzero(np.isin(self.station, other.stations))
        if not len(rows):
            raise NoJourney(f"{other.label!r} is not within reach: {self!r}")
        row = int(rows[0])
        station = int(self.station[row])
        there = Place(self.planner.timetable.stations.name[station], (station,), (0,))
        graph, found = self.question.graph, found_of(self.best, row)
        ends = (there, self.place) if self.question.towards else (self.place, there)
        depart = graph.epoch + self.question.when.window.depart
        asked = Asked("reach", *ends, depart, None, graph.n_days)
        if len(found.rides):
            itinerary = self.planner._itinerary(graph, asked, found)
        else:
            lasts = found.arrival - found.departure
            itinerary = Itinerary((), found.departure, found.arrival, lasts)
        return Journey(graph, itinerary, asked, self.planner)

    def isochrones(
        self,
        limits: Iterable[times.DurationLike] | times.DurationLike,
        *,
        max_walk_m: float | None = None,
    ) -> gpd.GeoDataFrame:
        """Return the areas within reach at each limit: trains, then the time left on foot.

        Around each station a circle as wide as one walks in the time that is left, at the
        traveller's pace and with the detours of `TransferRules`; at least 100 m, so that the
        station lies in it, and at most `max_walk_m`.

        Parameters
        ----------
        limits : duration or several
            None beyond the reach's own.
        max_walk_m : float, optional
            As the crow flies; by default ``TransferRules.access_reach_m``, as far as the planner
            lets one walk to a station.

        Returns
        -------
        geopandas.GeoDataFrame
            In EPSG:4326, a row for each limit, the shortest first: limit (timedelta64[s]), stations
            (how many of known place), area_km2, geometry (Polygon or MultiPolygon). Circles are
            drawn in Lambert-93 (EPSG:2154) within France, else in the UTM zone of the middle.

        Raises
        ------
        InvalidQuery
            If a limit lies beyond the reach's own, or there is none.

        Examples
        --------
        >>> import mobiplan as mp
        >>> reach = mp.Planner(mp.sample()).reach("Rennes", "3 h", date="2026-03-24")
        >>> areas = reach.isochrones(["1 h", "2 h", "3 h"])
        >>> areas["area_km2"].is_monotonic_increasing
        True
        """
        from mobiplan.analysis.isochrones import isochrones

        return isochrones(self, limits, max_walk_m)

    def explore(self, limits: Iterable[times.DurationLike] = ()) -> Map:
        """Return a map of the stations coloured by travel time; with `limits`, of their areas too.

        A folium map: shown in a notebook, and ``.save("reach.html")`` writes a page that needs no
        network.

        Parameters
        ----------
        limits : iterable of duration
            As `isochrones` takes them.

        Examples
        --------
        >>> import mobiplan as mp
        >>> reach = mp.Planner(mp.sample()).reach("Rennes", "3 h", date="2026-03-24")
        >>> "Nantes" in reach.explore(["1 h", "2 h"]).get_root().render()
        True
        """
        from mobiplan.maps.reach_map import reach_map

        return reach_map(self, limits)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the stations coloured by travel time, with matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; on new axes if left out.

        Examples
        --------
        >>> import mobiplan as mp
        >>> reach = mp.Planner(mp.sample()).reach("Rennes", "3 h", date="2026-03-24")
        >>> reach.plot().get_title(loc="left")
        'Within 3 h 00 from Rennes, Tue 24 Mar 2026'
        """
        from mobiplan.maps.reach_plot import reach_plot

        return reach_plot(self, ax)


def reach(
    planner: Planner,
    place: PlaceLike,
    within: times.DurationLike,
    *,
    depart: times.TimeLike | None = None,
    arrive: times.TimeLike | None = None,
    date: times.DateLike | None = None,
    window: times.DurationLike | None = None,
    towards: bool | None = None,
    traveller: Traveller | str | None = None,
    needs: Needs | None = None,
    max_transfers: int | None = None,
    budget: float | None = None,
    max_co2_kg: float | None = None,
    days: int = 3,
) -> Reach:
    """Answer `Planner.reach`."""
    if isinstance(traveller, str):
        traveller = Traveller.preset(traveller)
    if traveller is not None and not isinstance(traveller, Traveller):
        raise InvalidQuery(f"traveller={traveller!r}: give mobiplan.Traveller(...) or a preset")
    who = traveller or Traveller()
    for name, most in (("budget", budget), ("max_co2_kg", max_co2_kg)):
        if most is not None and not (isinstance(most, int | float) and most >= 0):
            raise InvalidQuery(f"{name}={most!r}: give a number of at least 0")
    limits = Needs(max_transfers=max_transfers)
    for more in (needs, None if traveller is None else traveller.needs):
        limits = limits if more is None else limits.stricter(more)
    planner = planner.under(limits)
    if towards is None:
        towards = arrive is not None and depart is None and date is None
    graph, when = when_of(
        planner,
        depart=depart,
        arrive=arrive,
        date=date,
        window=window,
        within=within,
        towards=towards,
        days=days,
    )
    prices = [limit for limit in (budget, limits.max_price) if limit is not None]
    question = Question(planner, graph, when, towards)
    if prices or max_co2_kg is not None:
        from mobiplan.analysis.limits import budget_column

        features = planner.features(graph, who)
        limited = ((features.euros, min(prices, default=None)), (features.co2, max_co2_kg))
        columns = [budget_column(of, limit) for of, limit in limited if limit is not None]
        question = question._replace(budgets=tuple(columns))
    here = planner.place(place, "place")
    within_s = times.parse_duration(within, "within")
    best = fan(question, here, many(planner.timetable))
    lasts = travel_times_of(question, best)
    reached = (best.arrival < NEVER) & (lasts <= within_s)
    number = np.flatnonzero(reached)  # places are numbered by id
    number = number[np.argsort(lasts[number], kind="stable")]
    best = _rows_of(best, number)
    station = _stations_by_id(planner)[number]

    def ends(row: int) -> tuple[Place, Place]:
        there = Place("", (int(station[row]),), (0,))
        return (there, here) if towards else (here, there)

    by_metro = crossings(graph, best, np.arange(len(station)), ends)
    worth = worth_of(planner, graph, best.rides, best.ride_ptr, who.passenger, by_metro)
    return Reach(planner, here, question, within_s, station, lasts[number], best, worth)


def travel_times_of(question: Question, best: Best) -> Int64:
    """Return how long journeys take (n,) [s]: from the asked instant, or in a window by itself."""
    when = question.when
    if when.shortest:
        return best.arrival - best.departure
    return when.instant - best.departure if question.towards else best.arrival - when.instant


def _rows_of(best: Best, rows: Int64) -> Best:
    """Return some of the journeys."""
    lengths = np.diff(best.ride_ptr)[rows]
    ptr = np.concatenate([[0], np.cumsum(lengths)])
    first = np.repeat(best.ride_ptr[rows], lengths)
    within = np.arange(ptr[-1]) - np.repeat(ptr[:-1], lengths)
    columns = best.departure[rows], best.arrival[rows], best.transfers[rows]
    return Best(*columns, ptr, best.rides[first + within])


def _stations_by_id(planner: Planner) -> Int32:
    """Return the stations in the order in which a fan numbers them."""
    from mobiplan.planner.matrices import every_station

    rows: Int32 = np.argsort(every_station(planner.timetable).number).astype(np.int32)
    return rows

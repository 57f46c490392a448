"""`Way`: by which trains one goes, and when; what a `Journey` is before anybody asks more of it."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mobiplan.errors import InvalidQuery
from mobiplan.journeys.doors import arrival_of, departure_of
from mobiplan.journeys.identity import journey_id
from mobiplan.journeys.itinerary import IN_SEAT, Itinerary, Question
from mobiplan.journeys.leg import LEG_COLUMNS, WALK, Leg
from mobiplan.journeys.naming import legs_of
from mobiplan.journeys.personal import Personal

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.timetable.graph import TimeExpandedGraph


class Way:
    """A way from origin to destination by given trains; parameters as of `Journey`.

    Two are equal if they have the same id and times.
    """

    def __init__(
        self,
        graph: TimeExpandedGraph,
        itinerary: Itinerary,
        question: Question,
        planner: Any = None,
        personal: Personal | None = None,
    ) -> None:
        self.personal = personal
        self.graph = graph
        self.itinerary = itinerary
        self.question = question
        self.planner = planner

    @cached_property
    def legs(self) -> tuple[Leg, ...]:
        """Rides and walks in order; made when first looked at.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> [leg.title for leg in found.best.legs]
        ['TGV INOUI 8054', 'walk', 'TGV INOUI 6611', 'Train TER 881029']
        """
        return legs_of(self.graph, self.itinerary, self.question)

    @cached_property
    def id(self) -> str:
        """A name that stays the same when the timetable is loaded anew.

        It is made of the service date, the train numbers and the stations, for example
        ``"2026-03-23:8603:87471003-87391003+6911:87686006-87747006"``, and of departure times
        and stop ids where a train has no number. Walks to the first and from the last station
        are not part of it.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> found.best.id.startswith("2026-03-24:8054:87471003-87391003+")
        True
        """
        return journey_id(self.graph, self.itinerary, self.question)

    @cached_property
    def departure(self) -> dt.datetime:
        """When the first leg leaves, a walk included; aware.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> found.best.departure.isoformat()
        '2026-03-24T08:05:00+01:00'
        """
        return departure_of(self.graph, self.itinerary, self.question)

    @cached_property
    def arrival(self) -> dt.datetime:
        """When the last leg arrives, a walk included; aware."""
        return arrival_of(self.graph, self.itinerary, self.question)

    @property
    def duration(self) -> dt.timedelta:
        """Elapsed time from departure to arrival, also when the clocks change."""
        return dt.timedelta(seconds=self.itinerary.arrival - self.itinerary.departure)

    @property
    def transfers(self) -> int:
        """How often one changes trains; staying seated while the number changes is no change."""
        return sum(ride.entry != IN_SEAT for ride in self.itinerary.rides[1:])

    @cached_property
    def walking(self) -> dt.timedelta:
        """Time on foot to, between and from stations.

        The ways within a station are not counted, nor the time across a city by its metro.
        """
        on_foot = (leg.duration for leg in self.legs if leg.kind == WALK)
        return sum(on_foot, dt.timedelta(0))

    @property
    def waiting(self) -> dt.timedelta:
        """Time that belongs to no leg."""
        return self.duration - sum((leg.duration for leg in self.legs), dt.timedelta(0))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per leg, with the columns of `LEG_COLUMNS` in that order.

        Returns
        -------
        pandas.DataFrame
            `departure` and `arrival` are datetime64[s] in the agency's time zone, so that a
            column has one type; the legs themselves carry each station's own.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> journeys = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> journeys.best.to_frame()[["mode", "from_name"]].iloc[0].tolist()
        ['train', 'Rennes']
        """
        import pandas as pd

        from mobiplan.journeys.tables import instants

        columns: dict[str, Any] = {
            name: [getattr(leg, name) for leg in self.legs] for name in LEG_COLUMNS
        }
        for name in ("departure", "arrival"):
            seconds = [int(time.timestamp()) for time in columns[name]]
            columns[name] = instants(seconds, self.graph.timetable.timezones[0])
        return pd.DataFrame(columns)

    def to_geojson(self) -> dict[str, Any]:
        """Return a GeoJSON FeatureCollection: a LineString per leg, through every call.

        Returns
        -------
        dict
            Properties of a feature: "journey" (the id), "leg" (counted from 0), the columns of
            `LEG_COLUMNS`, kind and platforms. The geometry is None where places are unknown.
        """
        features = [leg.to_feature(journey=self.id, leg=k) for k, leg in enumerate(self.legs)]
        return {"type": "FeatureCollection", "features": features}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Way):
            return NotImplemented
        return self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    @property
    def _content(self) -> tuple[str, int, int]:
        epoch, itinerary = self.graph.epoch, self.itinerary
        return self.id, epoch + itinerary.departure, epoch + itinerary.arrival

    def _planner_for(self, method: str) -> Any:
        if self.planner is None:
            raise InvalidQuery(f"this journey has lost its planner: .{method}() needs one to ask")
        return self.planner

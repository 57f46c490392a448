"""`Journey`: one answer, made of legs that are named when they are looked at."""

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
    from matplotlib.axes import Axes

    from mobiplan.attributes.amount import Amount
    from mobiplan.journeys.journey_set import JourneySet
    from mobiplan.maps.page import Map
    from mobiplan.timetable.graph import TimeExpandedGraph

#: Columns of a set's `to_frame()`, and the keys of `Journey.to_dict()` before the legs.
JOURNEY_COLUMNS = (
    "id",
    "departure",
    "arrival",
    "duration",
    "transfers",
    "walking",
    "price_min",
    "price_max",
    "co2_kg",
    "cost",
)


class Journey:
    """A way from origin to destination by given trains.

    Parameters
    ----------
    graph : TimeExpandedGraph
        The graph in which the journey was found.
    itinerary : Itinerary
        Positions in that graph.
    question : Question
        What was asked.
    planner : Planner, optional
        Who answered, for questions that follow.
    personal : Personal, optional
        What the journey costs the traveller who asked: a single row.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample())
    >>> journeys = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
    >>> journey = journeys.best
    >>> journey.legs[0].from_name, journey.legs[-1].to_name
    ('Rennes', 'Grenoble')
    >>> journey.duration == sum((leg.duration for leg in journey.legs), journey.waiting)
    True
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
        """Rides and walks in order; made when first looked at."""
        return legs_of(self.graph, self.itinerary, self.question)

    @cached_property
    def id(self) -> str:
        """A name that stays the same when the timetable is loaded anew.

        It is made of the service date, the train numbers and the stations, for example
        ``"2026-03-23:8603:87471003-87391003+6911:87686006-87747006"``, and of departure times
        and stop ids where a train has no number. Walks to the first and from the last station
        are not part of it.
        """
        return journey_id(self.graph, self.itinerary, self.question)

    @cached_property
    def departure(self) -> dt.datetime:
        """When the first leg leaves, a walk included; aware."""
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

    @cached_property
    def cost(self) -> float | None:
        """What the journey costs the traveller who planned it, in equivalent minutes."""
        return None if self.personal is None else self.personal.cost(0)

    @cached_property
    def price(self) -> Amount:
        """The fares of the rides, added up: a range that is published or modelled, no offer.

        For the traveller who planned, else for an adult in second class without cards.
        """
        from mobiplan.attributes.amount import Amount

        passenger = None if self.personal is None else self.personal.traveller.passenger
        fares = self._planner_for("price").attributes.fares(passenger)
        return Amount.total((fares.leg(*calls) for calls in self._calls), "€")

    @cached_property
    def co2(self) -> Amount:
        """What the rides emit per passenger [kg CO2e], added up."""
        from mobiplan.attributes.amount import Amount

        emissions = self._planner_for("co2").attributes.emissions
        return Amount.total((emissions.leg(*calls) for calls in self._calls), "kg CO2e")

    @property
    def _calls(self) -> list[tuple[int, int]]:
        """The calls where each ride is boarded and left."""
        hops = self.graph.timetable.hops.call[self.graph.connections.hop]
        return [(int(hops[r.board]), int(hops[r.alight]) + 1) for r in self.itinerary.rides]

    def later(self) -> JourneySet:
        """Return the next journey: of those that leave after this one, the first to arrive.

        An empty set says why there is none.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> first = planner.earliest_arrival("Rennes", "Brest", depart="2026-03-24 08:00").best
        >>> first.later().best.departure > first.departure
        True
        """
        asked, moment = self.question, dt.timedelta(seconds=1)
        following: JourneySet = self._planner_for("later").earliest_arrival(
            asked.origin, asked.destination, depart=self.departure + moment, days=asked.days
        )
        return following

    def earlier(self) -> JourneySet:
        """Return the journey before: of those that arrive before this one, the last to leave.

        An empty set says why there is none.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> last = planner.latest_departure("Rennes", "Brest", date="2026-03-24").best
        >>> last.earlier().best.arrival < last.arrival
        True
        """
        asked, moment = self.question, dt.timedelta(seconds=1)
        before: JourneySet = self._planner_for("earlier").latest_departure(
            asked.origin, asked.destination, arrive=self.arrival - moment, days=asked.days
        )
        return before

    def next_departures(self, n: int = 3) -> pd.DataFrame:
        """Return the next direct trains of each leg: what one takes when a train is missed.

        Parameters
        ----------
        n : int
            How many of each leg, as far as there are.

        Returns
        -------
        pandas.DataFrame
            leg (its row in `to_frame`), departure and arrival (datetime64[s] in the agency's
            zone), train_number ("2573/2593" where coupled), brand, from_name, to_name: trains
            that leave later than the leg's own from any stop of its station, and call at the
            station where the leg ends; by departure. Legs on which one stays seated have none.
            Times are the timetable's.

        Raises
        ------
        InvalidQuery
            If `n` is not a whole number above 0.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> missed = found.best.next_departures(2)
        >>> bool(missed["departure"].iloc[0] > found.best.legs[0].departure)
        True
        """
        from mobiplan.journeys.next_departures import next_departures

        if not isinstance(n, int) or n < 1:
            raise InvalidQuery(f"next_departures({n!r}): a whole number, at least 1")
        return next_departures(self, n)

    def _planner_for(self, method: str) -> Any:
        if self.planner is None:
            raise InvalidQuery(f"this journey has lost its planner: .{method}() needs one to ask")
        return self.planner

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

    def summary(self) -> dict[str, Any]:
        """Return the columns of `JOURNEY_COLUMNS`; None where nothing is known."""
        price = self.price if self.planner is not None else None
        co2 = self.co2 if self.planner is not None else None
        return {
            "id": self.id,
            "departure": self.departure,
            "arrival": self.arrival,
            "duration": self.duration,
            "transfers": self.transfers,
            "walking": self.walking,
            "price_min": price.low if price is not None and price.is_known else None,
            "price_max": price.high if price is not None and price.is_known else None,
            "co2_kg": co2.middle if co2 is not None and co2.is_known else None,
            "cost": self.cost,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that `json.dumps` writes.

        Returns
        -------
        dict
            The columns of `JOURNEY_COLUMNS`, then "legs" with the columns of `LEG_COLUMNS`.
            Times and durations are ISO 8601 text ("PT5H32M"); None where nothing is known.
        """
        values = self.summary()
        for name in ("departure", "arrival"):
            values[name] = values[name].isoformat()
        for name in ("duration", "walking"):
            values[name] = iso_duration(values[name])
        return {**values, "legs": [leg.to_dict() for leg in self.legs]}

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

    def explore(self) -> Map:
        """Return a map of the journey that can be moved and asked; see `mobiplan.maps`.

        A folium map: shown in a notebook, and ``.save("journey.html")`` writes a page that needs
        no network.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> page = found.best.explore().get_root().render()
        >>> "Paris Montparnasse" in page
        True
        """
        from mobiplan.maps.journey_map import journey_map

        return journey_map(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the journey on a map, with matplotlib.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> [text.get_text() for text in found.best.plot().get_legend().get_texts()]
        ['TGV INOUI', 'Train TER', 'across the city']
        """
        from mobiplan.maps.journey_plot import journey_plot

        return journey_plot(self, ax)

    def plot_timeline(self, ax: Axes | None = None) -> Axes:
        """Draw the journey leg by leg on a scale of time, with matplotlib.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> len(found.best.plot_timeline().get_yticks()) == len(found.best.legs)
        True
        """
        from mobiplan.maps.timeline import timeline

        return timeline(self, ax)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Journey):
            return NotImplemented
        return self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    @property
    def _content(self) -> tuple[str, int, int]:
        epoch, itinerary = self.graph.epoch, self.itinerary
        return self.id, epoch + itinerary.departure, epoch + itinerary.arrival

    def __repr__(self) -> str:
        from mobiplan.journeys.terminal import journey_text

        return journey_text(self)

    def _repr_html_(self) -> str:
        from mobiplan.journeys.notebook import journey_html

        return journey_html(self)


def iso_duration(duration: dt.timedelta) -> str:
    """Write a duration as ISO 8601 text.

    >>> iso_duration(dt.timedelta(hours=5, minutes=32)), iso_duration(dt.timedelta(0))
    ('PT5H32M', 'PT0S')
    """
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "H"), (minutes, "M"), (seconds, "S")]
    return "PT" + ("".join(f"{n}{unit}" for n, unit in parts if n) or "0S")

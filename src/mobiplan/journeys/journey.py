"""`Journey`: one answer, made of legs that are named when they are looked at."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mobiplan.errors import InvalidQuery
from mobiplan.journeys.leg import iso_duration
from mobiplan.journeys.pictures import JourneyPictures
from mobiplan.journeys.way import Way

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.attributes.amount import Amount
    from mobiplan.journeys.contrast import Contrast
    from mobiplan.journeys.explaining import Explanation
    from mobiplan.journeys.journey_set import JourneySet
    from mobiplan.traveller.traveller import Traveller

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


class Journey(Way, JourneyPictures):
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

    @cached_property
    def cost(self) -> float | None:
        """What the journey costs the traveller who planned it, in equivalent minutes.

        None of a journey that nobody planned; see `why`.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> found.best.cost is None, found.best.why().cost > 300
        (True, True)
        """
        return None if self.personal is None else self.personal.cost(0)

    @cached_property
    def price(self) -> Amount:
        """The fares of the rides, added up: a range that is published or modelled, no offer.

        In euros, for the traveller who planned, else for an adult in second class without cards.
        Unknown where the journey is nothing but a way across a city by its metro.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> print(found.best.price)
        53.82 to 201.07 € (modelled)
        """
        from mobiplan.journeys.facts import price_of

        self._planner_for("price")
        passenger = None if self.personal is None else self.personal.traveller.passenger
        return price_of(self, passenger)

    @cached_property
    def through_fare(self) -> Amount:
        """The published fare of the whole way by a brand that the journey rides, or unknown.

        In euros. It stands beside `price`, the sum of the rides' own fares, and ranks nothing.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> print(found.best.through_fare)
        25.00 to 135.00 € (published)
        """
        from mobiplan.journeys.facts import through_fare_of

        self._planner_for("through_fare")
        passenger = None if self.personal is None else self.personal.traveller.passenger
        return through_fare_of(self, passenger)

    @cached_property
    def co2(self) -> Amount:
        """What the rides emit per passenger [kg CO2e], added up.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> print(found.best.co2)
        5.957 kg CO2e (modelled)
        """
        from mobiplan.journeys.facts import co2_of

        self._planner_for("co2")
        return co2_of(self)

    @cached_property
    def co2_alternatives(self) -> dict[str, Amount]:
        """What one would emit otherwise [kg CO2e]: by car, electric car, coach and plane.

        Between the stations where the first ride begins and the last ends; nothing for a walk.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> best = planner.plan("Rennes", "Lyon", depart="2026-03-24 08:00").best
        >>> best.co2.middle < best.co2_alternatives["coach"].middle
        True
        """
        from mobiplan.journeys.facts import co2_alternatives_of

        self._planner_for("co2_alternatives")
        return co2_alternatives_of(self)

    def sources(self) -> pd.DataFrame:
        """Return the data sets that the journey rests on.

        Returns
        -------
        pandas.DataFrame
            data_set, date (ISO; "" where nothing tells), licence, url, used_for ("timetable",
            "fares", "co2") and note, all text; a row each.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> best = planner.plan("Rennes", "Lyon", depart="2026-03-24 08:00").best
        >>> best.sources()["used_for"].tolist()
        ['timetable', 'fares', 'co2']
        """
        from mobiplan.journeys.facts import sources_of

        return sources_of([self])

    def why(self, traveller: Traveller | str | None = None) -> Explanation:
        """Explain what the journey costs a traveller: feature by feature, and in a sentence.

        Parameters
        ----------
        traveller : Traveller or str, optional
            Whom it costs, or the name of a preset. By default the one who planned; for a journey
            that nobody planned, the standard traveller, and the explanation says so.

        Returns
        -------
        Explanation
            ``to_frame()`` has feature, amount, unit, weight, contribution and source; the
            contributions add up to the cost. ``sentence("en")`` and ``sentence("fr")`` say it.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> best = planner.plan("Rennes", "Lyon", depart="2026-03-24 10:00").best
        >>> best.why().to_frame()["feature"].tolist()[:2]
        ['euros', 'riding']
        """
        from mobiplan.journeys.explaining import Explanation
        from mobiplan.planner.tipping import personal_for

        self._planner_for("why")
        return Explanation(self, personal_for(self, traveller))

    def why_not(self, other: Journey, traveller: Traveller | str | None = None) -> Contrast:
        """Say why another journey is not better, and what would have to change for it to be.

        Parameters
        ----------
        other : Journey
            Of the same set, or any journey between the same places at the times asked for.
        traveller : Traveller or str, optional
            As in `why`.

        Returns
        -------
        Contrast
            The difference feature by feature; ``tipping_points``: for each weight the value at
            which the ranking of the two turns, the smallest change first, and the minutes and
            euros by which the timetable or a fare would have to differ. ``sentence()`` says it.

        Raises
        ------
        InvalidQuery
            If the two are one journey, or `other` answers another question.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> journeys = planner.plan("Rennes", "Nice", depart="2026-03-24 08:00")
        >>> contrast = journeys[0].why_not(journeys[1])
        >>> abs(contrast.difference - (journeys[1].cost - journeys[0].cost)) < 1e-9
        True
        """
        from mobiplan.planner.tipping import why_not

        self._planner_for("why_not")
        return why_not(self, other, traveller)

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

    def summary(self) -> dict[str, Any]:
        """Return the columns of a set's `to_frame`; None where nothing is known.

        Returns
        -------
        dict
            id (str), departure and arrival (aware datetimes), duration and walking (timedelta),
            transfers (int), price_min and price_max (euros), co2_kg, cost (equivalent minutes).

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> str(found.best.summary()["duration"])
        '6:34:00'
        """
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

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> found.best.to_dict()["legs"][0]["train_number"]
        '8054'
        """
        values = self.summary()
        for name in ("departure", "arrival"):
            values[name] = values[name].isoformat()
        for name in ("duration", "walking"):
            values[name] = iso_duration(values[name])
        return {**values, "legs": [leg.to_dict() for leg in self.legs]}

    def __repr__(self) -> str:
        from mobiplan.journeys.terminal import journey_text

        return journey_text(self)

    def _repr_html_(self) -> str:
        from mobiplan.journeys.notebook import journey_html

        return journey_html(self)

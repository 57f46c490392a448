"""`JourneySet`: the answer to a question, a sequence of journeys, best first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from mobiplan import times
from mobiplan.errors import NoJourney
from mobiplan.journeys.coupling import distinct
from mobiplan.journeys.diagnosis import Diagnosis
from mobiplan.journeys.itinerary import Itinerary, Question, Statistics
from mobiplan.journeys.journey import Journey
from mobiplan.journeys.personal import Personal
from mobiplan.journeys.pictures import SetPictures

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.timetable.arrays import Float64
    from mobiplan.timetable.graph import TimeExpandedGraph
    from mobiplan.traveller.traveller import Traveller


class JourneySet(SetPictures, Sequence[Journey]):
    """Journeys that answer one question, best first; each is made when looked at.

    Each physical choice is listed once: of journeys by the same coupled trains one stays. Pictures
    of an empty set raise `NoJourney`.

    Parameters
    ----------
    planner : Planner
        Who answered.
    question : Question
        What was asked.
    graph : TimeExpandedGraph
        The graph whose positions the itineraries hold.
    itineraries : sequence of Itinerary
        Best first.
    statistics : Statistics
        How the answer was found.
    diagnosis : str, Diagnosis, or a function that makes one
        Why there is no journey; "" where there is one. A function is called when looked at.
    amounts : mapping, optional
        The caller's own criteria: name -> what a journey has of it.
    personal : Personal, optional
        What the journeys cost the traveller who asked, one row each.

    Attributes
    ----------
    stats : Statistics
        Engine, connections looked at, seconds, service dates looked at.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample())
    >>> journeys = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
    >>> len(journeys), bool(journeys.diagnosis)
    (1, False)
    >>> journeys.best is journeys[0]
    True
    """

    def __init__(
        self,
        planner: Any,
        question: Question,
        graph: TimeExpandedGraph,
        itineraries: Sequence[Itinerary],
        statistics: Statistics,
        diagnosis: str | Diagnosis | Callable[[], Diagnosis] = "",
        amounts: Mapping[str, Callable[[TimeExpandedGraph, Itinerary], float]] | None = None,
        personal: Personal | None = None,
    ) -> None:
        self.planner = planner
        self.question = question
        self.graph = graph
        self.itineraries = tuple(
            distinct(graph, itineraries) if len(itineraries) > 1 else itineraries
        )
        self.stats = statistics
        self.amounts = amounts or {}
        self.personal = personal
        self._diagnosis = diagnosis
        self._made: dict[int, Journey] = {}

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """Why the set is empty: false, and "" as text, where it is not.

        Worked out when first looked at; ``diagnosis.sentence("fr")`` says it in French.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner, day = mp.Planner(mp.sample()), "2026-03-24"
        >>> none = planner.earliest_arrival(
        ...     "Rennes", "Brest", depart=f"{day} 08:00", arrive=f"{day} 09:00"
        ... )
        >>> print(none.diagnosis)
        the earliest arrival at Brest is 2026-03-24 10:38, after arrive=2026-03-24 09:00
        """
        why = self._diagnosis() if callable(self._diagnosis) else self._diagnosis
        return Diagnosis(why) if isinstance(why, str) else why

    @property
    def best(self) -> Journey:
        """The first of the set.

        Raises
        ------
        NoJourney
            If the set is empty, in the words of its diagnosis.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> f"{found.best.arrival:%H:%M}"
        '14:39'
        """
        return self[self._some(0)]

    @property
    def first(self) -> Journey:
        """The journey that departs first; of several, the one that arrives first.

        Raises
        ------
        NoJourney
            If the set is empty.

        Examples
        --------
        >>> import mobiplan as mp
        >>> day = mp.Planner(mp.sample()).profile("Rennes", "Brest", date="2026-03-24")
        >>> f"{day.first.departure:%H:%M}, {day.last.departure:%H:%M}"
        '07:20, 20:26'
        """
        self._some(0)
        return self[min(range(len(self)), key=lambda k: self._order(k, 1))]

    @property
    def last(self) -> Journey:
        """The journey that departs last; of several, the one that arrives first. See `first`.

        Raises
        ------
        NoJourney
            If the set is empty.
        """
        self._some(0)
        return self[min(range(len(self)), key=lambda k: self._order(k, -1))]

    @property
    def coverage(self) -> float | None:
        """Share of travellers near this one whom the set serves; None where nobody planned.

        Each is a draw around the traveller's weights, served if the set holds a journey that
        costs them less than an equivalent minute more than the best there is.

        Examples
        --------
        >>> import mobiplan as mp
        >>> journeys = mp.Planner(mp.sample()).plan("Rennes", "Brest", depart="2026-03-24 08:00")
        >>> 0.9 < journeys.coverage <= 1
        True
        """
        return None if self.personal is None else self.personal.coverage

    def features(self, traveller: Traveller | None = None) -> dict[str, Float64]:
        """Return what the journeys have of each feature: what a traveller weighs in a choice.

        Parameters
        ----------
        traveller : Traveller, optional
            Whose fares and kinds of vehicle count; who planned if left out, else the standard
            traveller.

        Returns
        -------
        dict of str to (n_journeys,) float64
            Minutes, changes, euros and kilograms, under the names of ``Traveller.weights``.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> day = planner.profile("Rennes", "Brest", date="2026-03-24")
        >>> bool(day.features()["riding"].min() > 100)
        True
        """
        import numpy as np

        personal = self.personal
        if personal is None or traveller not in (None, personal.traveller):
            from mobiplan.planner.pricing import personal_of
            from mobiplan.traveller.traveller import Traveller

            personal = personal_of(self, traveller or Traveller.preset("standard"))
        found = personal.features()
        for name, amount in self.amounts.items():
            found[name] = np.array([amount(self.graph, one) for one in self.itineraries])
        return found

    @property
    def roles(self) -> dict[str, Journey]:
        """Role -> the journey of the set that has it; of several alike the first.

        "best for you" (where a traveller planned), "fastest" (from departure to arrival),
        "cheapest" (by the middle of the price), "fewest transfers", "least walking", "lowest
        CO2". What is unknown never wins: a role of which nothing is known is not there.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample(), data=mp.sample_data())
        >>> journeys = planner.plan("Rennes", "Nice", depart="2026-03-24 08:00")
        >>> journeys.roles["best for you"] is journeys.best
        True
        """
        from mobiplan.journeys.roles import roles_of

        return {role: self[row] for role, row in roles_of(self).items()}

    def sources(self) -> pd.DataFrame:
        """Return the data sets that the journeys rest on, as a table.

        Returns
        -------
        pandas.DataFrame
            As of `Journey.sources`; each data set once.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> found.sources()["used_for"].iloc[0]
        'timetable'
        """
        from mobiplan.journeys.facts import sources_of

        return sources_of(self)

    @property
    def asked(self) -> dt.datetime | None:
        """The time asked for, to depart or else to arrive, aware, in the agency's zone.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> found.asked.isoformat()
        '2026-03-24T08:00:00+01:00'
        """
        depart, arrive = self.question.depart, self.question.arrive
        seconds = arrive if depart is None else depart
        if seconds is None:
            return None
        return times.local_time(seconds, times.zone(self.graph.timetable.timezones[0]))

    def __len__(self) -> int:
        return len(self.itineraries)

    @overload
    def __getitem__(self, index: int) -> Journey: ...
    @overload
    def __getitem__(self, index: slice) -> JourneySet: ...
    def __getitem__(self, index: int | slice) -> Journey | JourneySet:
        if isinstance(index, slice):
            kept = range(len(self))[index]
            part = JourneySet(
                self.planner,
                self.question,
                self.graph,
                self.itineraries[index],
                self.stats,
                self._diagnosis,
                self.amounts,
                None if self.personal is None else self.personal.part(list(kept)),
            )
            part._made = {k: self[row] for k, row in enumerate(kept) if row in self._made}
            return part
        try:
            row = range(len(self))[index]  # counts from the end, too
        except IndexError:
            there = f"{len(self)} here, from 0" if len(self) else "none; .diagnosis says why"
            raise IndexError(f"no journey {index}: there are {there}") from None
        if row not in self._made:
            mine = None if self.personal is None else self.personal.part([row])
            journey = Journey(self.graph, self.itineraries[row], self.question, self.planner, mine)
            self._made.setdefault(row, journey)  # two threads get the same one
        return self._made[row]

    def __iter__(self) -> Iterator[Journey]:
        return (self[k] for k in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JourneySet):
            return NotImplemented
        return len(self) == len(other) and all(
            one == another for one, another in zip(self, other, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]  # equal by content, like a list

    def to_frame(self) -> pd.DataFrame:
        """Return one row per journey, with the columns of `JOURNEY_COLUMNS` in that order.

        The caller's own criteria follow, under their names; then, where a traveller planned,
        ``roles``: what tells a journey from the others ("fastest, cheapest"), as text.

        Returns
        -------
        pandas.DataFrame
            id (str), departure and arrival (datetime64[s] in the agency's zone), duration
            (timedelta64[s]), transfers (int64), walking (timedelta64[s]), price_min and
            price_max (float64, euros), co2_kg (float64), cost (float64, equivalent minutes).
            NaN where nothing is known. Without journeys the columns and types are the same.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> journeys = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> journeys.to_frame().columns[:6].tolist()
        ['id', 'departure', 'arrival', 'duration', 'transfers', 'walking']
        """
        from mobiplan.journeys.tables import set_frame

        return set_frame(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that `json.dumps` writes: "journeys" and "diagnosis".

        Returns
        -------
        dict
            "journeys": a list of `Journey.to_dict`; "diagnosis": text, "" where there are any.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> found.to_dict()["journeys"][0]["duration"]
        'PT6H34M'
        """
        journeys = [journey.to_dict() for journey in self]
        return {"journeys": journeys, "diagnosis": str(self.diagnosis)}

    def to_geojson(self) -> dict[str, Any]:
        """Return a GeoJSON FeatureCollection of the legs of every journey.

        See `Journey.to_geojson`; the property "rank" is the journey's place in the set.

        Examples
        --------
        >>> import mobiplan as mp
        >>> planner = mp.Planner(mp.sample())
        >>> found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
        >>> found.to_geojson()["features"][0]["properties"]["rank"]
        0
        """
        features = []
        for rank, journey in enumerate(self):
            for feature in journey.to_geojson()["features"]:
                feature["properties"] = {"rank": rank, **feature["properties"]}
                features.append(feature)
        return {"type": "FeatureCollection", "features": features}

    def __repr__(self) -> str:
        from mobiplan.journeys.terminal import set_text

        return set_text(self)

    def _repr_html_(self) -> str:
        from mobiplan.journeys.notebook import set_html

        return set_html(self)

    def _some(self, row: int) -> int:
        """Return `row` of a set that is not empty."""
        if not self.itineraries:
            raise NoJourney(str(self.diagnosis) or "this set holds no journey")
        return row

    def _order(self, row: int, sign: int) -> tuple[int, int, int, int]:
        itinerary = self.itineraries[row]
        return sign * itinerary.departure, itinerary.arrival, len(itinerary.rides), row

"""`JourneySet`: the answer to a question, a sequence of journeys, best first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from mobiplan import times
from mobiplan.errors import NoJourney
from mobiplan.journeys.coupling import distinct
from mobiplan.journeys.diagnosis import Diagnosis
from mobiplan.journeys.itinerary import Itinerary, Question, Statistics
from mobiplan.journeys.journey import JOURNEY_COLUMNS, Journey

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.timetable.graph import TimeExpandedGraph


class JourneySet(Sequence[Journey]):
    """Journeys that answer one question, best first; each is made when looked at.

    Each physical choice is listed once: of journeys by the same coupled trains one stays.

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
    ) -> None:
        self.planner = planner
        self.question = question
        self.graph = graph
        self.itineraries = tuple(
            distinct(graph, itineraries) if len(itineraries) > 1 else itineraries
        )
        self.stats = statistics
        self._diagnosis = diagnosis
        self._made: dict[int, Journey] = {}

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """Why the set is empty: false, and "" as text, where it is not."""
        if isinstance(self._diagnosis, str):
            return Diagnosis(self._diagnosis)
        return self._diagnosis if isinstance(self._diagnosis, Diagnosis) else self._diagnosis()

    @property
    def best(self) -> Journey:
        """The first of the set.

        Raises
        ------
        NoJourney
            If the set is empty, in the words of its diagnosis.
        """
        return self[self._some(0)]

    @property
    def first(self) -> Journey:
        """The journey that departs first; of several, the one that arrives first.

        Raises
        ------
        NoJourney
            If the set is empty.
        """
        self._some(0)
        return self[min(range(len(self)), key=lambda k: self._order(k, 1))]

    @property
    def last(self) -> Journey:
        """The journey that departs last; of several, the one that arrives first.

        Raises
        ------
        NoJourney
            If the set is empty.
        """
        self._some(0)
        return self[min(range(len(self)), key=lambda k: self._order(k, -1))]

    @property
    def asked(self) -> dt.datetime | None:
        """The time asked for, to depart or else to arrive, in the agency's zone."""
        seconds = self.question.depart
        if seconds is None:
            seconds = self.question.arrive
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
            part = JourneySet(
                self.planner,
                self.question,
                self.graph,
                self.itineraries[index],
                self.stats,
                self._diagnosis,
            )
            kept = range(len(self))[index]
            part._made = {k: self[row] for k, row in enumerate(kept) if row in self._made}
            return part
        row = range(len(self))[index]  # raises IndexError, and counts from the end
        if row not in self._made:
            journey = Journey(self.graph, self.itineraries[row], self.question, self.planner)
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
        import numpy as np
        import pandas as pd

        from mobiplan.journeys.tables import durations, instants

        zone = self.graph.timetable.timezones[0]
        epoch, found = self.graph.epoch, self.itineraries
        rows = [journey.summary() for journey in self]
        columns: dict[str, Any] = {
            "id": pd.Series([row["id"] for row in rows], dtype="str"),
            "departure": instants((epoch + i.departure for i in found), zone),
            "arrival": instants((epoch + i.arrival for i in found), zone),
            "duration": durations(i.arrival - i.departure for i in found),
            "transfers": np.array([row["transfers"] for row in rows], dtype=np.int64),
            "walking": durations(int(row["walking"].total_seconds()) for row in rows),
        }
        for name in ("price_min", "price_max", "co2_kg", "cost"):
            columns[name] = np.array([row[name] for row in rows], dtype=np.float64)
        return pd.DataFrame(columns)[list(JOURNEY_COLUMNS)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that `json.dumps` writes: "journeys" and "diagnosis"."""
        return {
            "journeys": [journey.to_dict() for journey in self],
            "diagnosis": str(self.diagnosis),
        }

    def to_geojson(self) -> dict[str, Any]:
        """Return a GeoJSON FeatureCollection of the legs of every journey.

        See `Journey.to_geojson`; the property "rank" is the journey's place in the set.
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

"""Criteria: what a journey may be compared by, the library's own and the caller's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike

from mobiplan.errors import InvalidQuery
from mobiplan.timetable.arrays import Float64, Int32, spread
from mobiplan.timetable.graph import RUN, TimeExpandedGraph
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    from mobiplan.search.pareto import Column

#: An amount for each connection of a graph, or a function that returns it for a graph.
PerConnection: TypeAlias = "ArrayLike | Callable[[TimeExpandedGraph], ArrayLike]"
#: A function (timetable, from_call, to_call) -> amounts of riding from one call to the other.
PerLeg: TypeAlias = Callable[[Timetable, Int32, Int32], ArrayLike]


class Criterion:
    """A criterion of one's own: an amount that adds up along a journey, and should be small.

    Parameters
    ----------
    name : str
        Its column in tables.
    per_connection : (n,) array, or callable
        What riding each connection adds, by position in ``planner.graph(date, days=...)`` of the
        dates asked for (``journeys.graph`` of an answer is one), or a function of the graph.
    per_leg : callable
        What a ride adds from boarding to alighting, where that is no sum over its connections (a
        fare by origin and destination): ``per_leg(timetable, from_call, to_call)`` with rows in
        ``timetable.calls``, both (m,) int32 and of one trip, returns (m,) amounts.
    unit : str, optional
        For tables and explanations.

    Raises
    ------
    InvalidQuery
        If neither is given, or both; later, if amounts are negative, not finite or too few.

    Examples
    --------
    >>> import mobiplan as mp
    >>> planner = mp.Planner(mp.sample())
    >>> minutes = mp.Criterion("aboard", lambda graph: graph.ride_s / 60, unit="min")
    >>> found = planner.pareto(
    ...     "Rennes", "Lyon", depart="2026-03-24 08:00", criteria=("arrival", minutes), slack=0.5
    ... )
    >>> bool(found.to_frame()["aboard"].is_monotonic_decreasing)
    True
    """

    def __init__(
        self,
        name: str,
        per_connection: PerConnection | None = None,
        *,
        per_leg: PerLeg | None = None,
        unit: str = "",
    ) -> None:
        if not isinstance(name, str) or not name:
            raise InvalidQuery(f"Criterion({name!r}): its name is text")
        if (per_connection is None) == (per_leg is None):
            raise InvalidQuery(f"Criterion({name!r}): give either per_connection or per_leg")
        if per_leg is not None and not callable(per_leg):
            raise InvalidQuery(f"Criterion({name!r}): per_leg is a function of legs")
        self.name, self.unit = name, unit
        self._per_connection, self._per_leg = per_connection, per_leg
        self._columns: WeakKeyDictionary[TimeExpandedGraph, Column] = WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"Criterion({self.name!r})"

    def column(self, graph: TimeExpandedGraph) -> Column:
        """Return what adds to the criterion on a graph; kept while the graph is."""
        from mobiplan.search.pareto import Column, added_up

        column = self._columns.get(graph)
        if column is None:
            if self._per_leg is not None:
                column = Column(legs=self._legs(graph))
            else:
                column = Column(along=added_up(graph, self._connections(graph)))
            self._columns[graph] = column
        return column

    def _connections(self, graph: TimeExpandedGraph) -> Float64:
        value = self._per_connection
        amounts = self._amounts(value(graph) if callable(value) else value)
        if not callable(value) and graph.kept is not None and len(amounts) == graph.n_whole:
            amounts = amounts[graph.kept]
        if len(amounts) != graph.n:
            raise InvalidQuery(
                f"Criterion({self.name!r}) has {len(amounts):,} amounts for {graph!r}: give one "
                "for each connection of planner.graph(date, days=...) of the dates asked for, or "
                "a function of the graph"
            )
        return amounts

    def _legs(self, graph: TimeExpandedGraph) -> Any:
        from mobiplan.search.pareto import Legs

        timetable = graph.timetable
        ptr = timetable.trips.call_ptr
        n_calls = len(timetable.calls.stop)
        rows = graph.connections.rows
        runs = np.zeros(len(ptr) - 1, dtype=bool)
        runs[graph.connections.run_trip[np.unique(rows[:, RUN])]] = True
        after = np.repeat(ptr[1:], np.diff(ptr)) - np.arange(n_calls) - 1
        after *= np.repeat(runs, np.diff(ptr))
        row, place = spread(after)
        start, end = row.astype(np.int32), (row + 1 + place).astype(np.int32)
        assert self._per_leg is not None
        amounts = self._amounts(self._per_leg(timetable, start, end))
        if len(amounts) != len(start):
            raise InvalidQuery(
                f"Criterion({self.name!r}): per_leg returned {len(amounts):,} amounts for "
                f"{len(start):,} legs"
            )
        leg_ptr = np.zeros(n_calls + 1, dtype=np.int32)
        np.cumsum(after, out=leg_ptr[1:])
        return Legs(leg_ptr, amounts)

    def _amounts(self, value: Any) -> Float64:
        try:
            amounts = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InvalidQuery(f"Criterion({self.name!r}): amounts are numbers") from error
        wrong = np.flatnonzero(~(np.isfinite(amounts) & (amounts >= 0)))
        if amounts.ndim != 1 or len(wrong):
            where = f", but {amounts[wrong[0]]} at {wrong[0]}" if amounts.ndim == 1 else ""
            raise InvalidQuery(
                f"Criterion({self.name!r}): amounts are one row of finite numbers, 0 or more{where}"
            )
        return np.ascontiguousarray(amounts)

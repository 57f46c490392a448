"""Pareto sets: the journeys than which no other is as good in everything that counts."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.journeys import JourneySet
from mobiplan.journeys.coupling import positions_of
from mobiplan.journeys.itinerary import Itinerary, Question, Statistics
from mobiplan.planner.constraints import limited_by
from mobiplan.planner.diagnosing import diagnose
from mobiplan.planner.limited import sweep_within
from mobiplan.planner.profiles import window_of
from mobiplan.search.ends import Bounds
from mobiplan.search.pareto import Column, first_arrival
from mobiplan.search.rounds import arrival_and_transfers
from mobiplan.search.shortcuts import hop_shortcut
from mobiplan.timetable.arrays import Float64
from mobiplan.timetable.graph import NEVER, TimeExpandedGraph
from mobiplan.traveller.criterion import Criterion

if TYPE_CHECKING:
    from mobiplan.planner.places import PlaceLike
    from mobiplan.planner.planner import Planner

#: A criterion of the library's, by name, or one's own.
CriterionLike: TypeAlias = (
    "Literal['arrival', 'departure', 'duration', 'transfers', 'walking', 'waiting'] | Criterion"
)

ALL_TRANSFERS = 99  # a round for each is made only up to those of the fastest journey

#: What adds to each criterion; seconds where it is a time. Arrival is known at the end only.
CRITERIA = {
    "departure": Column(before=-1.0),
    "duration": Column(riding=1.0, walking=1.0, crossing=1.0, waiting=1.0),
    "transfers": Column(transfer=1.0),
    "walking": Column(walking=1.0),
    "waiting": Column(waiting=1.0),
}


def pareto(
    planner: Planner,
    origin: PlaceLike,
    destination: PlaceLike,
    *,
    criteria: Sequence[CriterionLike] = ("arrival", "transfers"),
    depart: times.TimeLike | None = None,
    arrive: times.TimeLike | None = None,
    date: times.DateLike | None = None,
    window: times.DurationLike | None = None,
    slack: float | times.DurationLike | None = None,
    days: int = 3,
    by_bags: bool = False,
    narrow: bool = True,
) -> JourneySet:
    """Answer `Planner.pareto`.

    `by_bags` does without the rounds that find arrival and transfers alone, `narrow` as in
    `mobiplan.search.pareto.time_corridor`: the same answers.
    """
    if not isinstance(days, int) or days < 1:
        raise InvalidQuery(f"days={days!r}: a whole number of service days, at least 1")
    names = _names(criteria)
    start = planner.place(origin, "origin")
    end = planner.place(destination, "destination")
    first, until, not_after = window_of(planner, depart, arrive, date, window, needed=False)
    question = Question("pareto", start, end, first, not_after, days, until)
    planner.places.refuse_one_place(start, end)
    graph, graph_seconds = planner.windows.around(first, days, backward=False)
    columns = {
        c.name if isinstance(c, Criterion) else c: c.column(graph)
        if isinstance(c, Criterion)
        else CRITERIA[c]
        for c in criteria
        if c != "arrival"
    }
    began = time.perf_counter()
    bounds = planner.bounds_in(graph, question)
    by_rounds = set(names) == {"arrival", "transfers"} and until is None and not by_bags
    by_rounds &= not limited_by(planner.needs)
    engine, said, looked_at = "scan and rounds" if by_rounds else "bags", "", 0
    itineraries: list[Itinerary] = []
    soonest = None
    if slack is not None or not by_rounds:
        soonest, looked_at = _first_arrival(planner, graph, question, bounds)
    if soonest is not None:
        arrive_by, said = _bound(graph, question, soonest, slack)
        bounds = bounds._replace(arrive=min(bounds.arrive, arrive_by))
    if by_rounds:
        itineraries, more = _by_rounds(planner, graph, question, bounds)
        looked_at += more
    elif soonest is not None:
        by_arrival = "arrival" in names
        itineraries, more = _by_bags(planner, graph, question, bounds, columns, by_arrival, narrow)
        looked_at += more
    seconds = time.perf_counter() - began
    statistics = Statistics(engine, looked_at, seconds, graph_seconds, graph.horizon, said)
    why = "" if itineraries else partial(diagnose, planner, graph, _at_once(question))
    own = [c for c in criteria if isinstance(c, Criterion)]
    amounts = {c.name: partial(amount_of, columns[c.name]) for c in own}
    return JourneySet(planner, question, graph, itineraries, statistics, why, amounts)


def _at_once(question: Question) -> Question:
    """The same question for the earliest arrival."""
    return dataclasses.replace(question, method="earliest_arrival", leave_before=None)


def _first_arrival(
    planner: Planner, graph: TimeExpandedGraph, question: Question, bounds: Bounds
) -> tuple[int | None, int]:
    """Return when the fastest journey arrives, and how many connections were looked at."""
    if planner.asks_singly:
        fastest, looked_at = planner.search(graph, _at_once(question), "auto")
        return (fastest.arrival if fastest else None), looked_at
    ends = planner.places.ends(question.origin, question.destination)
    by_train, looked_at = first_arrival(graph, planner._labels(graph), ends, bounds)
    walk = planner._walk(graph, question)
    arrivals = [by_train, walk.arrival if walk else None]
    return min((one for one in arrivals if one is not None), default=None), looked_at


def _bound(
    graph: TimeExpandedGraph,
    question: Question,
    soonest: int,
    slack: float | times.DurationLike | None,
) -> tuple[int, str]:
    """Return by when the journeys of the set arrive [s since the epoch], and say it in words.

    `soonest` is when the fastest arrives.
    """
    if slack is None:
        return NEVER, ""
    assert question.depart is not None
    depart = question.depart - graph.epoch
    if isinstance(slack, int | float):
        if isinstance(slack, bool) or not 0 <= slack < 1000:
            raise InvalidQuery(f"slack={slack!r}: a share such as 0.25, or a duration '30 min'")
        latest = depart + int((1 + slack) * (soonest - depart))
        words = f"{slack:.0%} more than the fastest takes"
    else:
        latest = soonest + times.parse_duration(slack, "slack")
        words = f"{times.format_duration(latest - soonest)} after the fastest"
    tz = times.zone(graph.timetable.timezones[0])
    return (
        latest,
        f"arrival by {times.local_time(graph.epoch + latest, tz):%Y-%m-%d %H:%M}, {words}",
    )


def _by_rounds(
    planner: Planner, graph: TimeExpandedGraph, question: Question, bounds: Bounds
) -> tuple[list[Itinerary], int]:
    """Find arrival and transfers alone, without bags."""
    ends = planner.places.ends(question.origin, question.destination)
    labels = planner._labels(graph)
    refused: list[int] = []
    allowed, looked_at = graph, 0
    while True:
        lines = planner.lines(allowed)
        found, more = arrival_and_transfers(
            allowed, labels, lines, ends, bounds, transfers=ALL_TRANSFERS
        )
        looked_at += more
        shortcuts = []
        if planner.timetable.rules.no_hop_shortcuts:
            shortcuts = [at for at in (hop_shortcut(graph, one) for one in found) if at >= 0]
        if not shortcuts:
            break
        refused += shortcuts
        allowed = graph.without_boarding(refused)
    itineraries = [planner._itinerary(graph, question, one) for one in found]
    walk = planner._walk(graph, question)
    if walk is not None and walk.arrival <= bounds.arrive:
        faster = [one for one in itineraries if one.arrival < walk.arrival]
        itineraries = sorted([*faster, walk], key=lambda one: one.arrival)
    return itineraries, looked_at


def _by_bags(
    planner: Planner,
    graph: TimeExpandedGraph,
    question: Question,
    bounds: Bounds,
    columns: dict[str, Column],
    by_arrival: bool,
    narrow: bool,
) -> tuple[list[Itinerary], int]:
    """Sweep with a bag of labels at each place."""
    wanted = list(columns.values())
    if question.leave_before is not None:
        bounds = bounds._replace(until=question.leave_before - graph.epoch)
    refused: list[int] = []
    allowed, looked_at = graph, 0
    while True:
        ended, more = sweep_within(
            planner,
            allowed,
            question,
            bounds,
            wanted,
            by_arrival=by_arrival,
            narrow=narrow,
        )
        looked_at += more
        shortcuts = []
        if planner.timetable.rules.no_hop_shortcuts:
            shortcuts = [at for at in (hop_shortcut(graph, one) for one in ended.found) if at >= 0]
        if not shortcuts:
            break
        refused += shortcuts
        allowed = graph.without_boarding(refused)
    itineraries = [planner._itinerary(graph, question, one) for one in ended.found]
    amounts = ended.amounts[:, : len(columns)]
    arrivals = np.array([[one.arrival] for one in itineraries], dtype=np.float64)
    amounts = np.hstack([arrivals.reshape(-1, 1), ended.amounts[:, : len(columns)]])
    walk = planner._walk(graph, question)
    if walk is not None and walk.arrival <= bounds.arrive:
        # On foot one may set out at any time: the first of the window stands for all.
        on_foot = [
            walk.arrival - walk.departure if name in ("duration", "walking") else 0.0
            for name in columns
        ]
        itineraries.append(walk)
        amounts = np.vstack([amounts, [walk.arrival, *on_foot]])
        counted = amounts if by_arrival else amounts[:, 1:]
        kept = [k for k in range(len(itineraries)) if not _bettered(counted, k)]
        itineraries, amounts = [itineraries[k] for k in kept], amounts[kept]
    departures = np.array([one.departure for one in itineraries])
    order = np.lexsort((*amounts[:, 1:].T[::-1], -departures, amounts[:, 0]))
    return [itineraries[k] for k in order], looked_at


def _bettered(amounts: Float64, row: int) -> bool:
    """Whether another row is no worse in anything and better in something."""
    no_worse = (amounts <= amounts[row]).all(axis=1)
    better = (amounts < amounts[row]).any(axis=1)
    return bool((no_worse & better).any())


def amount_of(column: Column, graph: TimeExpandedGraph, itinerary: Itinerary) -> float:
    """Return what a journey's rides add to a criterion of the caller's own."""
    connections = graph.connections
    total = 0.0
    for ride in itinerary.rides:
        if column.along is not None:
            before, after = column.along
            rows = positions_of(graph, ride)
            total += math.fsum(after[rows] - before[rows])
        if column.legs is not None:
            call = graph.timetable.hops.call[connections.hop[[ride.board, ride.alight]]]
            total += float(column.legs.amount[column.legs.ptr[call[0]] + call[1] - call[0]])
    return total


def _names(criteria: Sequence[CriterionLike]) -> list[str]:
    """Return the names of the criteria, sorted.

    Raises
    ------
    InvalidQuery
        If there is none, or one is unknown or given twice.
    """
    allowed = ", ".join(map(repr, ("arrival", *CRITERIA)))
    if isinstance(criteria, str | Criterion) or not isinstance(criteria, Sequence):
        raise InvalidQuery(f"criteria={criteria!r}: give a list of {allowed} or mp.Criterion(...)")
    names = []
    for criterion in criteria:
        name = criterion.name if isinstance(criterion, Criterion) else criterion
        if not isinstance(criterion, Criterion) and criterion not in ("arrival", *CRITERIA):
            raise InvalidQuery(
                f"criteria: {criterion!r} is none of {allowed}; make your own with "
                "mp.Criterion(name, per_connection=...)"
            )
        if name in names:
            raise InvalidQuery(f"criteria: {name!r} is given twice")
        names.append(name)
    if not names:
        raise InvalidQuery(f"criteria={criteria!r}: give at least one of {allowed}")
    return sorted(names)

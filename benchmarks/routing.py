"""Route queries: mobiplan beside the reference, and its engines beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from measuring import interleaved
from numpy.typing import NDArray
from queries import Query, place
from reference import NEVER, Reference
from table import markdown

import mobiplan as mp

DAYS = 2  # service days that both look at
PLAIN = "`earliest_arrival(...).best`, plain 300 s"


@dataclass(frozen=True)
class Comparison:
    """Best seconds of each query for each contender, and what their answers had in common."""

    best: dict[str, NDArray[np.float64]]
    base: str  # the contender that the others are divided by
    agreement: str

    def ratio(self, name: str) -> float:
        """Return the ratio of medians to the base."""
        return float(np.median(self.best[name]) / np.median(self.best[self.base]))

    def __str__(self) -> str:
        rows = []
        for name, seconds in self.best.items():
            figures = [np.median(seconds), seconds.mean(), *np.quantile(seconds, [0.95, 0.99])]
            times = [f"{figure * 1e6:,.0f}" for figure in figures]
            rows.append([name, *times, f"{self.ratio(name):.2f}"])
        header = ["query", "median [µs]", "mean", "95 %", "99 %", "ratio of medians"]
        return f"{markdown(header, rows)}\n\n{self.agreement}"


def beside_the_reference(
    timetable: mp.Timetable, asked: Sequence[Query], passes: int = 5
) -> Comparison:
    """Compare `earliest_arrival(...).best` with the plain scan, query by query.

    Under plain rules both have one model and must agree on every arrival. Under mobiplan's own
    rules (groups, footpaths, closing of doors) there is more to look at.
    """
    plain = mp.Planner(timetable, mp.TransferRules.plain(300))
    own = mp.Planner(timetable)
    reference = Reference(timetable, asked[0].depart.date(), DAYS)
    questions = [
        (
            row,
            query,
            place(timetable, query.origin),
            place(timetable, query.destination),
            int(query.depart.timestamp()) - reference.epoch,
        )
        for row, query in enumerate(asked)
    ]
    searching = np.full(len(asked), np.inf)  # s, as the planner itself says

    def by_reference(question: Any) -> tuple[int, list[tuple[int, int]]]:
        _, query, _, _, depart = question
        return reference.earliest_arrival(query.origin, query.destination, depart)

    def by(planner: mp.Planner, looked_at: bool) -> Any:
        def ask(question: Any) -> mp.Journey | None:
            row, query, origin, destination, _ = question
            journeys = planner.earliest_arrival(origin, destination, depart=query.depart, days=DAYS)
            journey = journeys.best if journeys else None
            if looked_at and journey:
                journey.legs  # noqa: B018 (made when looked at)
            if planner is plain:
                searching[row] = min(searching[row], journeys.stats.seconds)
            return journey

        return ask

    contenders = {
        "reference: plain scan": by_reference,
        PLAIN: by(plain, False),
        "`earliest_arrival(...).best`": by(own, False),
        "`earliest_arrival(...).best.legs`": by(own, True),
    }
    for name in contenders:  # graphs are made, kernels compiled
        contenders[name](questions[0])
    mismatches = []
    answered = 0
    for question in questions:
        arrival, _ = by_reference(question)
        journey = contenders[PLAIN](question)
        ours = int(journey.arrival.timestamp()) - reference.epoch if journey else NEVER
        answered += journey is not None
        if ours != arrival:
            mismatches.append((question[1], arrival, ours))
    agreement = (
        f"{len(asked):,} queries, {answered:,} with an answer; reference and plain mobiplan "
        f"disagree on the arrival of {len(mismatches)}"
    )
    for query, theirs, ours in mismatches[:3]:
        names = timetable.stations.name
        agreement += (
            f"\n- {names[query.origin]} to {names[query.destination]}, {query.depart}: "
            f"{theirs} s against {ours} s"
        )
    best = interleaved(contenders, questions, passes)
    best["  of which `stats.seconds`, plain 300 s"] = searching
    return Comparison(best, "reference: plain scan", agreement)


def engines(timetable: mp.Timetable, asked: Sequence[Query], passes: int = 3) -> Comparison:
    """Compare the engines, which give one answer by different ways."""
    planner = mp.Planner(timetable)
    questions = [
        (query, place(timetable, query.origin), place(timetable, query.destination))
        for query in asked
    ]

    def by(method: str, engine: str) -> Any:
        when = "depart" if method == "earliest_arrival" else "arrive"

        def ask(question: Any) -> list[tuple[Any, Any, int]]:
            query, origin, destination = question
            journeys = getattr(planner, method)(
                origin, destination, **{when: query.depart}, days=DAYS, engine=engine
            )
            return [(j.itinerary.arrival, j.itinerary.departure, j.transfers) for j in journeys]

        return ask

    contenders = {
        f"`{method}`, {engine}": by(method, engine)
        for method in ("earliest_arrival", "latest_departure")
        for engine in ("auto", "scan", "sweep", "dijkstra")
    }
    mismatches = 0
    for question in questions:
        for method in ("earliest_arrival", "latest_departure"):
            answers = [
                contenders[f"`{method}`, {e}"](question)
                for e in ("auto", "scan", "sweep", "dijkstra")
            ]
            mismatches += answers.count(answers[0]) != len(answers)
    best = interleaved(contenders, questions, passes)
    agreement = (
        f"{len(asked):,} queries; the engines disagree on arrival, departure or transfers of "
        f"{mismatches}"
    )
    return Comparison(best, "`earliest_arrival`, scan", agreement)

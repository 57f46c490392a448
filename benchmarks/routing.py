"""Route queries: mobiplan beside the reference, and its engines beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from measuring import interleaved
from numpy.typing import NDArray
from queries import Query
from reference import NEVER, Reference
from rows import DAYS, MATRIX, ROWS, Ask, Question, Row, questions
from table import markdown

import mobiplan as mp

REFERENCE = "reference"
ENGINES = ("auto", "scan", "sweep", "dijkstra")
HEADER = [
    *("query", "median [µs]", "mean", "95 %", "99 %"),
    *("reference", "ratio", "at most", "aim", "holds"),
]


@dataclass(frozen=True)
class Beside:
    """Best seconds of each query of one row, and of the reference that took turns with it."""

    row: Row
    ours: NDArray[np.float64]
    reference: NDArray[np.float64]
    n_unlike: int | None = None  # arrivals that differ from the reference's, None not compared

    @property
    def ratio(self) -> float:
        """The ratio of medians."""
        return float(np.median(self.ours) / np.median(self.reference))

    @property
    def tail(self) -> float:
        """The 95th percentile as a multiple of the reference's median."""
        return float(np.quantile(self.ours, 0.95) / np.median(self.reference))

    def lines(self) -> list[list[str]]:
        """Return the row of the table, and one for its 95th percentile where that is bounded."""
        row = self.row
        spread = [""] * 3
        if len(self.ours) > 1:
            values = [self.ours.mean(), *np.quantile(self.ours, [0.95, 0.99])]
            spread = [_us(value) for value in values]
        medians = [_us(np.median(self.ours)), *spread, _us(np.median(self.reference))]
        lines = [[row.title, *medians, *_verdict(self.ratio, row.at_most, row.aim)]]
        if row.tail_at_most is not None:
            verdict = _verdict(self.tail, row.tail_at_most, row.tail_aim)
            lines.append(["  its 95th percentile", *[""] * 5, *verdict])
        return lines


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f}"


def _verdict(ratio: float, at_most: float | None, aim: float | None) -> list[str]:
    if at_most is None:
        return [f"{ratio:.2f}", "", "", ""]
    holds = "yes" if ratio <= at_most else "**no**"
    return [f"{ratio:.2f}", f"{at_most:g}", "" if aim is None else f"{aim:g}", holds]


def beside_the_reference(
    planner: mp.Planner,
    asked: Sequence[Query],
    rows: Sequence[Row] = tuple(ROWS),
    passes: int = 5,
    *,
    same_model: bool = False,
    matrices: bool = True,
) -> list[Beside]:
    """Measure each row alone with the reference, query by query.

    Parameters
    ----------
    planner : Planner
        The only one at work: others would push its arrays out of the caches.
    same_model : bool
        The planner's rules are the reference's (`TransferRules.plain(300)`): compare arrivals.
    matrices : bool
        Also time a whole matrix in turns with the reference's queries.
    """
    reference = Reference(planner.timetable, asked[0].depart.date(), DAYS)
    asked_of = questions(planner.timetable, asked, reference.epoch)
    theirs = by_reference(reference)
    arrivals = [theirs(question)[0] for question in asked_of]
    measured = []
    for row in rows:
        if row.needs and not hasattr(planner, row.needs):
            continue
        ask = row.prepare(planner, asked_of)
        ask(asked_of[0])  # graphs are made, kernels compiled
        n_unlike = None
        if same_model and row.arrival is not None:
            n_unlike = 0
            for question, arrival in zip(asked_of, arrivals, strict=True):
                expected = -1 if arrival >= NEVER else reference.epoch + arrival
                n_unlike += row.arrival(ask(question), question) != expected
        best = interleaved({REFERENCE: theirs, row.title: ask}, asked_of, passes)
        measured.append(Beside(row, best[row.title], best[REFERENCE], n_unlike))
    if matrices:
        measured.append(per_origin(planner, asked_of[:200], theirs, passes))
    return measured


def per_origin(
    planner: mp.Planner, asked_of: Sequence[Question], theirs: Ask, passes: int
) -> Beside:
    """Time a matrix of all stations, the table included, in turns with queries of the reference."""
    n = len(planner.timetable.stations.lat)
    ask = MATRIX.prepare(planner, asked_of)
    ask(asked_of[0])
    ours, reference = np.inf, np.full(len(asked_of), np.inf)
    for _ in range(passes):
        both = interleaved({REFERENCE: theirs}, asked_of, 1)
        reference = np.minimum(reference, both[REFERENCE])
        ours = min(ours, *interleaved({"matrix": ask}, asked_of[:1], 1)["matrix"])
    return Beside(MATRIX, np.array([ours / n]), reference)


def by_reference(reference: Reference) -> Ask:
    """Return the reference as a contender."""

    def ask(question: Question) -> tuple[int, list[tuple[int, int]]]:
        query = question.query
        return reference.earliest_arrival(query.origin, query.destination, question.depart_s)

    return ask


def table_of(measured: Sequence[Beside]) -> str:
    """Return the table, and how often answers were compared."""
    text = markdown(HEADER, [line for one in measured for line in one.lines()])
    n = max(len(one.ours) for one in measured)
    compared = [one for one in measured if one.n_unlike is not None]
    facts = [f"{n:,} queries"]
    if compared:
        unlike = ", ".join(f"{one.row.title} {one.n_unlike}" for one in compared)
        facts.append(f"arrivals that differ from the reference's: {unlike}")
    return f"{text}\n\n{'; '.join(facts)}"


def engines(planner: mp.Planner, asked: Sequence[Query], passes: int = 3) -> str:
    """Compare the engines, which give one answer by different ways, each beside the reference."""
    reference = Reference(planner.timetable, asked[0].depart.date(), DAYS)
    asked_of = questions(planner.timetable, asked, reference.epoch)

    def by(method: str, engine: str) -> Ask:
        when = "depart" if method == "earliest_arrival" else "arrive"

        def ask(question: Question) -> list[tuple[Any, Any, int]]:
            journeys = getattr(planner, method)(
                *(question.origin, question.destination),
                **{when: question.depart, "days": DAYS, "engine": engine},
            )
            return [(j.itinerary.arrival, j.itinerary.departure, j.transfers) for j in journeys]

        return ask

    measured, n_unlike = [], 0
    for method in ("earliest_arrival", "latest_departure"):
        asks = {engine: by(method, engine) for engine in ENGINES}
        for question in asked_of:
            answers = [ask(question) for ask in asks.values()]
            n_unlike += answers.count(answers[0]) != len(answers)
        for engine, ask in asks.items():
            contenders = {REFERENCE: by_reference(reference), engine: ask}
            best = interleaved(contenders, asked_of, passes)
            row = Row(f"`{method}`, {engine}", lambda planner, asked, ask=ask: ask)
            measured.append(Beside(row, best[engine], best[REFERENCE]))
    return (
        f"{table_of(measured)}; the engines disagree on arrival, departure or transfers of "
        f"{n_unlike}"
    )

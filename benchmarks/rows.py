"""The queries that are measured beside the reference: one small function each, one list.

A function takes a planner and the questions, prepares what a caller would have ready, and returns
what is timed: a callable that takes a question and waits for the whole answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from queries import Query, place

import mobiplan as mp
from mobiplan.journeys.itinerary import Place

DAYS = 2  # service days that all look at


class Question(NamedTuple):
    """A query with its names resolved."""

    row: int  # its place in the list
    query: Query
    origin: Place
    destination: Place
    depart: dt.datetime  # aware
    depart_s: int  # since midnight of the day asked about


Ask = Callable[[Question], Any]


@dataclass(frozen=True)
class Row:
    """A query type, and what the project asks of it as a multiple of the reference's median."""

    title: str
    prepare: Callable[[mp.Planner, Sequence[Question]], Ask]
    at_most: float | None = None
    aim: float | None = None
    tail_at_most: float | None = None  # of the 95th percentile
    tail_aim: float | None = None
    arrival: Callable[[Any, Question], int] | None = None  # of an answer [s since 1970], -1 none
    needs: str = ""  # the method of Planner without which there is no such row


def questions(timetable: mp.Timetable, asked: Sequence[Query], epoch: int) -> list[Question]:
    """Resolve the names of queries; `epoch` is midnight of the day in seconds since 1970."""
    return [
        Question(
            row,
            query,
            place(timetable, query.origin),
            place(timetable, query.destination),
            query.depart,
            int(query.depart.timestamp()) - epoch,
        )
        for row, query in enumerate(asked)
    ]


# ---------------------------------------------------------------------- the queries


def whole_call(planner: mp.Planner, asked: Sequence[Question]) -> Ask:
    def ask(question: Question) -> mp.Journey | None:
        journeys = planner.earliest_arrival(
            question.origin, question.destination, depart=question.depart, days=DAYS
        )
        return journeys.best if journeys else None

    return ask


def with_legs(planner: mp.Planner, asked: Sequence[Question]) -> Ask:
    def ask(question: Question) -> mp.Journey | None:
        journeys = planner.earliest_arrival(
            question.origin, question.destination, depart=question.depart, days=DAYS
        )
        if not journeys:
            return None
        journeys.best.legs  # noqa: B018 (made when looked at)
        return journeys.best

    return ask


def kernel_alone(planner: mp.Planner, asked: Sequence[Question]) -> Ask:
    from mobiplan.search.earliest import earliest_arrival
    from mobiplan.search.ends import Bounds

    instant = int(asked[0].depart.timestamp())
    graph, _ = planner.windows.around(instant, DAYS, backward=False)
    labels = planner._labels(graph)
    ends = [planner.places.ends(one.origin, one.destination) for one in asked]
    latest = min(graph.complete_until, graph.last_arrival)
    bounds = [Bounds(int(one.depart.timestamp()) - graph.epoch, latest) for one in asked]

    def ask(question: Question) -> Any:
        return earliest_arrival(graph, labels, ends[question.row], bounds[question.row])

    return ask


def latest_departure(planner: mp.Planner, asked: Sequence[Question]) -> Ask:
    def ask(question: Question) -> mp.Journey | None:
        journeys = planner.latest_departure(
            question.origin, question.destination, arrive=question.depart, days=DAYS
        )
        return journeys.best if journeys else None

    return ask


def arrival_and_transfers(planner: mp.Planner, asked: Sequence[Question]) -> Ask:
    def ask(question: Question) -> mp.JourneySet:
        return planner.pareto(
            question.origin,
            question.destination,
            depart=question.depart,
            criteria=("arrival", "transfers"),
            days=DAYS,
        )

    return ask


def day(planner: mp.Planner, asked: Sequence[Question]) -> Ask:
    date = asked[0].depart.date()

    def ask(question: Question) -> mp.JourneySet:
        return planner.profile(question.origin, question.destination, date=date, days=DAYS)

    return ask


def with_price(planner: mp.Planner, asked: Sequence[Question]) -> Ask:
    graph = planner.graph(asked[0].depart.date(), DAYS)
    price = mp.Criterion("price", per_connection=prices(graph))

    def ask(question: Question) -> mp.JourneySet:
        return planner.pareto(
            question.origin,
            question.destination,
            depart=question.depart,
            criteria=("arrival", "transfers", price),
            slack=0.25,
            days=DAYS,
        )

    return ask


def plans(**options: Any) -> Callable[[mp.Planner, Sequence[Question]], Ask]:
    """Plans of the standard traveller, with what else `Planner.plan` takes."""

    def prepare(planner: mp.Planner, asked: Sequence[Question]) -> Ask:
        me = mp.Traveller.preset("standard")

        def ask(question: Question) -> mp.JourneySet:
            return planner.plan(
                question.origin,
                question.destination,
                depart=question.depart,
                traveller=me,
                days=DAYS,
                **options,
            )

        return ask

    return prepare


def to_all(planner: mp.Planner, asked: Sequence[Question]) -> Ask:
    def ask(question: Question) -> Any:
        return planner.one_to_all(question.origin, depart=question.depart, days=DAYS)

    return ask


def matrix(planner: mp.Planner, asked: Sequence[Question]) -> Ask:
    morning = f"{asked[0].depart.date()} 08:00"

    def ask(question: Question) -> Any:
        return planner.travel_times(depart=morning, days=DAYS, threads=2)

    return ask


def prices(graph: Any) -> Any:
    """Return euros for each connection: 0.10 a kilometre, 0.20 in a high-speed train.

    Straight lines and two round figures: a measure of the search, not of fares.
    """
    timetable, connections = graph.timetable, graph.connections
    stops, calls, hops = timetable.stops, timetable.calls, timetable.hops
    one, other = stops.station[calls.stop[hops.call]], stops.station[calls.stop[hops.call + 1]]
    lat, lon = np.radians(timetable.stations.lat), np.radians(timetable.stations.lon)
    east = (lon[other] - lon[one]) * np.cos((lat[one] + lat[other]) / 2)
    km = 6371.0 * np.hypot(lat[other] - lat[one], east)
    fast = np.array([kind == "high speed" for kind in timetable.kinds])[timetable.trips.kind]
    return (km * np.where(fast[hops.trip], 0.20, 0.10))[connections.hop]


def _of_journey(answer: mp.Journey | None, question: Question) -> int:
    return -1 if answer is None else int(answer.arrival.timestamp())


def _of_set(answer: mp.JourneySet, question: Question) -> int:
    return min((int(journey.arrival.timestamp()) for journey in answer), default=-1)


ROWS = [
    Row("`earliest_arrival(...).best`", whole_call, 0.55, 0.45, arrival=_of_journey),
    Row("its kernels alone", kernel_alone, 0.40, 0.30),
    Row("`earliest_arrival(...).best.legs`", with_legs),
    Row("`latest_departure(...).best`", latest_departure),
    Row(
        "`pareto`: arrival, transfers",
        *(arrival_and_transfers, 1.5, 1.0),
        arrival=_of_set,
        needs="pareto",
    ),
    Row("`profile` of a day", day, 5.0, 3.5),
    Row(
        "`pareto`: arrival, transfers, price; slack 25 %",
        *(with_price, 5.0, 4.0, 30.0, 20.0),
        arrival=_of_set,
        needs="pareto",
    ),
    Row("`plan`: the personal optimum alone", plans(draws=0), 5.0, 3.0, needs="plan"),
    Row(
        "`plan`: the same, `max_transfers=2`",
        plans(draws=0, needs=mp.Needs(max_transfers=2)),
        10.0,
        needs="plan",
    ),
    Row("`plan`: the set, 64 draws, fares, CO2", plans(), 30.0, 15.0, needs="plan"),
    Row("`one_to_all`", to_all, 1.5, 1.0),
]
#: All stations to all, the table included; what is timed is a matrix, what is told is an origin.
MATRIX = Row("`travel_times`, all to all, per origin, 2 threads", matrix, 0.25, 0.12)

"""Scan, sweep, Dijkstra, networkx and the naive twin agree on random timetables.

They agree on the criteria (arrival, departure, transfers); where several journeys share them,
each engine may show another, so the rides themselves are checked against the naive rules.
"""

from __future__ import annotations

from typing import Any

import networkx as nx
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from naive import Answer, World
from random_timetables import FIRST, SECOND, Case, cases, examples, planner_of

import mobiplan as mp
from mobiplan.journeys.itinerary import IN_SEAT

ENGINES = ("auto", "scan", "sweep", "dijkstra")
METHODS = ("earliest_arrival", "latest_departure")
Question = dict[str, Any]


@st.composite
def questions(draw: Any) -> Question:
    """Where from, where to and when; a place may be several stations."""
    names = draw(st.permutations("ABCDEF"))
    n, m = draw(st.sampled_from(((1, 1), (1, 1), (2, 1), (1, 2), (2, 2))))
    date, hour = draw(
        st.sampled_from(((FIRST, 7), (FIRST, 8), (FIRST, 8), (FIRST, 23), (SECOND, 0), (SECOND, 8)))
    )
    start = pd.Timestamp(f"{date} {hour:02d}:{draw(st.integers(0, 59)):02d}", tz="Europe/Paris")
    span = draw(st.sampled_from((5, 15, 30, 60, 24 * 60)))
    return {
        "origin": list(names[:n]),
        "destination": list(names[n : n + m]),
        "depart": start,
        "arrive": start + pd.Timedelta(minutes=span),
    }


def variants(question: Question, known: set[str]) -> list[tuple[str, Question]]:
    """Both methods, with one bound and with both; stations without trains are left out."""
    places = {
        side: [name for name in question[side] if name in known]
        for side in ("origin", "destination")
    }
    if not all(places.values()):
        return []
    depart, arrive = {"depart": question["depart"]}, {"arrive": question["arrive"]}
    date = {"date": question["depart"].date()}
    return [
        ("earliest_arrival", places | depart),
        ("earliest_arrival", places | depart | arrive),
        ("latest_departure", places | arrive),
        ("latest_departure", places | depart | arrive),
        ("earliest_arrival", places | depart | date),
        ("latest_departure", places | date),
    ]


def criteria(found: mp.JourneySet) -> Answer | None:
    if not found:
        return None
    itinerary, epoch = found.itineraries[0], found.graph.epoch
    return Answer(epoch + itinerary.arrival, epoch + itinerary.departure, found.best.transfers)


def by_naive_twin(world: World, stations: Any, method: str, question: Question) -> Answer | None:
    ends = [{stations.row(name): 0 for name in question[s]} for s in ("origin", "destination")]
    bounds = {k: int(question[k].timestamp()) for k in ("depart", "arrive") if k in question}
    if "date" in question:
        day = pd.Timestamp(question["date"], tz="Europe/Paris")
        bounds.setdefault("depart", int(day.timestamp()))
        night = pd.Timedelta(hours=4 if method == "latest_departure" else 0)
        bounds["until"] = int((day + pd.Timedelta(days=1) + night).timestamp())
    answer: Answer | None = getattr(world, method)(*ends, **bounds)
    return answer


def around(world: World, stations: Any, names: list[str]) -> dict[str, int]:
    """The stations of a place and those a footpath away, with the walk [s]."""
    near = world.around({stations.row(name): 0 for name in names})
    return {stations[row]: walk for row, walk in near.items()}


def by_networkx(
    view: nx.DiGraph,
    method: str,
    question: Question,
    origins: dict[str, int],
    destinations: dict[str, int],
) -> Answer | None:
    """Shortest paths with integer weights that are lexicographic: no rounding in Python."""
    first, second = 10**20, 10**10  # transfers count 1
    time_weight, late_weight = (first, second) if method == "earliest_arrival" else (second, first)
    depart = question.get("depart", pd.Timestamp("2026-05-01", tz="Europe/Paris"))
    arrive = question.get("arrive", pd.Timestamp("2026-07-01", tz="Europe/Paris"))
    start, end = int(depart.timestamp()), int(arrive.timestamp())
    graph = nx.DiGraph()
    graph.add_nodes_from(("origin", "goal"))
    for one, two, arc in view.edges(data=True):
        graph.add_edge(one, two, weight=arc["duration_s"] * time_weight + arc["transfers"])
    for node, facts in view.nodes(data=True):
        leaves = int(facts["time"].timestamp())
        if facts["kind"] == "platform":
            walk = origins.get(facts["station"])
            if walk is not None and leaves - walk - facts["closing_s"] >= start:
                begins = leaves - walk - facts["closing_s"] if walk else leaves
                cost = (leaves - start) * time_weight + (end - begins) * late_weight
                if begins <= end:
                    graph.add_edge("origin", node, weight=cost)
        elif facts["may_alight"] and facts["to_station"] in destinations:
            walk = destinations[facts["to_station"]]
            if facts["arrival"] + pd.Timedelta(seconds=walk) <= arrive:
                graph.add_edge(node, "goal", weight=(facts["ride_s"] + walk) * time_weight)
    try:
        cost = nx.dijkstra_path_length(graph, "origin", "goal")
    except nx.NetworkXNoPath:
        return None
    more, rest = divmod(cost, first)
    less, transfers = divmod(rest, second)
    duration, late = (more, less) if method == "earliest_arrival" else (less, more)
    return Answer(start + duration, end - late, transfers)


def assert_possible(world: World, found: mp.JourneySet) -> None:
    """Each ride exists at its times and each change is one that the naive rules allow."""
    graph, itinerary = found.graph, found.itineraries[0]
    connections, every = graph.connections, world.connections
    at = {(c.trip, c.day, c.index): k for k, c in enumerate(every)}

    def row(position: int) -> int:
        run = connections.rows[position, 2]
        index = int(connections.slot[position] - connections.run_slot[run])
        day = int(connections.run_day[run]) + graph.first_day
        return at[int(connections.run_trip[run]), day, index]

    left = None
    for ride in itinerary.rides:
        board, alight = every[row(ride.board)], every[row(ride.alight)]
        assert (board.trip, board.day) == (alight.trip, alight.day)
        assert board.index <= alight.index
        assert graph.epoch + connections.rows[ride.board, 0] == board.departure
        assert graph.epoch + connections.rows[ride.alight, 1] == alight.arrival
        if left is not None:
            allowed = world.continues if ride.entry == IN_SEAT else world.changes
            assert left in allowed[row(ride.board)]
        left = row(ride.alight)


@examples(100)
@given(cases(), st.lists(questions(), min_size=6, max_size=6))
def test_engines_agree_with_the_naive_twin_and_networkx(case: Case, asked: list[Question]) -> None:
    """Ties, hops of no time, loops, restrictions, rules at every level, privileges, doors."""
    planner, world = planner_of(case)
    stations = planner.timetable.stations.id
    views: dict[Any, nx.DiGraph] = {}
    for question in asked:
        for method, asked_for in variants(question, set(stations)):
            answers: dict[str, Answer | None] = {}
            try:
                for engine in ENGINES:
                    found = getattr(planner, method)(**asked_for, engine=engine)
                    answers[engine] = criteria(found)
                    if found:
                        assert_possible(world, found)
            except mp.OutsideCalendar:
                continue
            answers["naive"] = by_naive_twin(world, stations, method, asked_for)
            twin = answers["naive"]
            if "date" in asked_for and method == "latest_departure" and twin is not None:
                four = pd.Timestamp(asked_for["date"], tz="Europe/Paris") + pd.Timedelta(hours=28)
                if twin.arrival > four.timestamp():  # may wait through the night: not the twin's
                    del answers["naive"]
            if not walkable(world, stations, asked_for) and "date" not in asked_for:
                view = views.get(found.graph) or views.setdefault(
                    found.graph, found.graph.to_networkx()
                )
                near = [around(world, stations, asked_for[s]) for s in ("origin", "destination")]
                answers["networkx"] = by_networkx(view, method, asked_for, *near)
            assert len(set(answers.values())) == 1, (method, asked_for, answers)


def walkable(world: World, stations: Any, question: Question) -> bool:
    """Whether one may walk all the way, which is no path in the graph."""
    ends = [{stations.row(name): 0 for name in question[s]} for s in ("origin", "destination")]
    return world.on_foot(*ends) is not None

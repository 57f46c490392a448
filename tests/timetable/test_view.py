"""The networkx view shows the graph as it is: same arcs, same answers, words for people."""

from __future__ import annotations

import datetime as dt
import random

import networkx as nx
import numpy as np
import pytest

import mobiplan as mp
from mobiplan.timetable import view as view_module
from mobiplan.timetable.graph import DEPARTURE

DAY = "2026-03-24"


@pytest.fixture(scope="module")
def planner() -> mp.Planner:
    return mp.Planner(mp.sample())


@pytest.fixture(scope="module")
def graph(planner: mp.Planner) -> mp.TimeExpandedGraph:
    return planner.graph(DAY)


@pytest.fixture(scope="module")
def whole(graph: mp.TimeExpandedGraph) -> nx.DiGraph:
    return graph.to_networkx()


def test_every_connection_has_its_two_nodes(graph: mp.TimeExpandedGraph, whole: nx.DiGraph) -> None:
    assert list(whole) == list(range(2 * graph.n))
    assert [kind for _, kind in whole.nodes(data="kind")] == ["platform", "aboard"] * graph.n


def test_arcs_lead_forward_and_node_order_is_topological(whole: nx.DiGraph) -> None:
    assert nx.is_directed_acyclic_graph(whole)
    assert all(start < end for start, end in whole.edges)
    assert list(nx.lexicographical_topological_sort(whole)) == sorted(whole)


def test_durations_telescope(whole: nx.DiGraph) -> None:
    """An arc lasts from the one node's time to the other's, and never goes back."""
    time = {node: when.timestamp() for node, when in whole.nodes(data="time")}
    for start, end, arc in whole.edges(data=True):
        assert arc["duration_s"] == time[end] - time[start] >= 0
        assert 0 <= arc["walk_s"] <= arc["duration_s"]


def test_kinds_of_arc_join_kinds_of_node(whole: nx.DiGraph) -> None:
    ends = {
        "board": ("platform", "aboard"),
        "wait": ("platform", "platform"),
        "ride": ("aboard", "aboard"),
        "transfer": ("aboard", "platform"),
        "in-seat": ("aboard", "aboard"),
        "guaranteed": ("aboard", "aboard"),
    }
    kind = whole.nodes(data="kind")
    for start, end, arc in whole.edges(data=True):
        assert (kind[start], kind[end]) == ends[arc["kind"]]
        assert arc["transfers"] == (arc["kind"] in ("transfer", "guaranteed"))


def test_arcs_are_those_of_the_arrays(graph: mp.TimeExpandedGraph, whole: nx.DiGraph) -> None:
    arcs, connections = graph.arcs, graph.connections
    kinds = [kind for _, _, kind in whole.edges(data="kind")]
    n_boarding = len(graph.timetable.groups.boarding_stop)
    expected = {
        "board": (connections.rows[:, 3] < n_boarding).sum(),
        "wait": (arcs.next_in_group < graph.n).sum(),
        "ride": (arcs.next_in_run < graph.n).sum(),
        "transfer": (arcs.transfer_to < graph.n).sum(),
    }
    assert {kind: kinds.count(kind) for kind in expected} == expected


def test_a_person_can_read_it(graph: mp.TimeExpandedGraph, whole: nx.DiGraph) -> None:
    for node in random.Random(1).sample(sorted(whole), 200):
        seen = whole.nodes[node]
        assert seen["position"] == node // 2
        assert seen["time"].utcoffset() == dt.timedelta(hours=1)
        seconds = graph.epoch + int(graph.connections.rows[node // 2, DEPARTURE])
        assert seen["time"].timestamp() == seconds
        assert seen["stop_id"] in graph.timetable.stops.id[:]
        assert all(isinstance(seen[name], str) for name in ("train_number", "brand", "direction"))
        if seen["kind"] == "aboard":
            assert seen["arrival"] - seen["time"] == dt.timedelta(seconds=seen["ride_s"])


def test_a_part_is_what_touches_the_stations_in_the_hours(
    graph: mp.TimeExpandedGraph, whole: nx.DiGraph
) -> None:
    part = graph.to_networkx(["Rennes"], start=f"{DAY} 08:00", end=f"{DAY} 12:00")
    tz = dt.timezone(dt.timedelta(hours=1))
    first, last = (dt.datetime(2026, 3, 24, hour, tzinfo=tz) for hour in (8, 12))
    expected = set()
    for node, seen in whole.nodes(data=True):
        aboard = whole.nodes[node | 1]
        if "Rennes" in (seen["station"], aboard["to_station"]) and first <= seen["time"] <= last:
            expected.add(node)
    assert set(part) == expected
    assert nx.utils.graphs_equal(part, whole.subgraph(expected).copy())
    assert nx.utils.graphs_equal(part, graph.to_networkx("Rennes", first, last))
    row = graph.timetable.names.resolve("Rennes")[0]
    for name in (row, np.int32(row), graph.timetable.stations.id[row], part.nodes[min(part)]):
        if isinstance(name, dict):  # the id of a stop of Rennes
            name = next(
                seen["stop_id"] for _, seen in part.nodes(data=True) if seen["station"] == "Rennes"
            )
        assert nx.utils.graphs_equal(part, graph.to_networkx(name, first, last))


def test_what_cannot_be_shown_is_refused(
    graph: mp.TimeExpandedGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(mp.UnknownStation, match="Renes"):
        graph.to_networkx("Renes")
    with pytest.raises(mp.UnknownStation, match="rows of timetable"):
        graph.to_networkx([100_000])
    with pytest.raises(mp.InvalidQuery, match="start="):
        graph.to_networkx(start="8 o'clock")
    monkeypatch.setattr(view_module, "MAX_CONNECTIONS", 10)
    with pytest.raises(mp.InvalidQuery, match=r"too many .*stations=.*start="):
        graph.to_networkx()
    assert len(graph.to_networkx("Rennes", f"{DAY} 03:00", f"{DAY} 03:01")) == 0


def test_networkx_finds_the_planners_earliest_arrival(planner: mp.Planner) -> None:
    """Dijkstra of networkx on the view is the oracle; the planner's answers are within the view."""
    date = dt.date.fromisoformat(DAY)
    graph = planner.graph(date, days=3)
    view = graph.to_networkx()
    stations = planner.timetable.stations
    walked = np.isin(np.arange(len(stations.lat)), planner.timetable.footpaths.from_station)
    # Walks to and from the stations around are not in the view: leave those places out.
    busiest = np.argsort(np.where(walked, 0, -stations.departures), kind="stable")[:60]
    dice = random.Random(2026)
    found = 0
    for _ in range(8):
        origin, destination = (stations.id[int(row)] for row in dice.sample(list(busiest), 2))
        depart = dt.datetime.combine(date, dt.time(dice.randrange(5, 20), dice.randrange(60)))
        depart = depart.replace(tzinfo=dt.timezone(dt.timedelta(hours=1)))
        at = planner.place(origin).stations[0], planner.place(destination).stations[0]
        names = [stations.name[row] for row in at]
        view.add_node("start")
        for node, seen in view.nodes(data=True):
            if seen.get("kind") == "platform" and seen["station"] == names[0]:
                wait_s = (seen["time"] - depart).total_seconds()
                if wait_s >= seen["closing_s"]:
                    view.add_edge("start", node, duration_s=wait_s)
        lengths = nx.single_source_dijkstra_path_length(view, "start", weight="duration_s")
        arrivals = [
            depart + dt.timedelta(seconds=length + view.nodes[node]["ride_s"])
            for node, length in lengths.items()
            if view.nodes[node].get("may_alight") and view.nodes[node]["to_station"] == names[1]
        ]
        view.remove_node("start")
        journeys = planner.earliest_arrival(origin, destination, depart=depart)
        assert [journey.arrival for journey in journeys] == ([min(arrivals)] if arrivals else [])
        found += len(journeys)
    assert found >= 5

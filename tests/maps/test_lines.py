"""The network's lines: who is linked, how often, and which links are drawn."""

from __future__ import annotations

import numpy as np
from timetables import place, toy, trip

import mobiplan as mp
from mobiplan.maps.lines import lines_of
from mobiplan.timetable.timetable import Timetable

WHERE = (
    place("A", at=(48.0, 2.0)),
    place("B", at=(48.0, 2.5)),
    place("C", at=(48.0, 3.0)),
    place("D", at=(49.0, 2.5)),
)


def drawn(timetable: Timetable) -> dict[tuple[str, str], int]:
    """(station, station) of each link that is drawn -> trips."""
    lines, names = lines_of(timetable), timetable.stations.name
    return {
        tuple(sorted((names[int(a)], names[int(b)]))): int(n)  # type: ignore[misc]
        for a, b, n in zip(
            lines.one[lines.track], lines.other[lines.track], lines.trips[lines.track], strict=True
        )
    }


def test_trips_of_both_directions_count_for_one_link() -> None:
    feed = toy(trip("A 08:00", "B 08:30"), trip("B 09:00", "A 09:30"), *WHERE)
    assert drawn(feed.load()) == {("A", "B"): 2}


def test_an_express_runs_on_the_line_of_the_stopping_train() -> None:
    feed = toy(trip("A 08:00", "B 08:30", "C 09:00"), trip("A 08:10", "C 08:40"), *WHERE)
    assert drawn(feed.load()) == {("A", "B"): 1, ("B", "C"): 1}


def test_a_detour_is_no_line_of_the_express() -> None:
    feed = toy(trip("A 08:00", "D 09:00", "C 10:00"), trip("A 08:10", "C 08:40"), *WHERE)
    assert drawn(feed.load()) == {("A", "D"): 1, ("C", "D"): 1, ("A", "C"): 1}


def test_only_trips_of_the_busiest_date_are_counted() -> None:
    feed = toy(
        trip("A 08:00", "B 08:30", dates="2026-06-02 2026-06-03"),
        trip("B 08:00", "C 08:30", dates="2026-06-03"),
        *WHERE,
    )
    assert drawn(feed.load()) == {("A", "B"): 1, ("B", "C"): 1}


def test_every_link_of_the_sample_is_drawn_or_covered_by_a_way_that_is_hardly_longer(
    sample: mp.Timetable,
) -> None:
    import networkx as nx

    from mobiplan.maps.lines import DETOUR
    from mobiplan.timetable.distance import distance_m

    lines, stations = lines_of(sample), sample.stations
    length = distance_m(
        stations.lat[lines.one],
        stations.lon[lines.one],
        stations.lat[lines.other],
        stations.lon[lines.other],
    )
    network = nx.Graph()
    for k in np.flatnonzero(lines.track).tolist():
        network.add_edge(int(lines.one[k]), int(lines.other[k]), weight=float(length[k]))
    for k in np.flatnonzero(~lines.track).tolist():
        way = nx.dijkstra_path_length(network, int(lines.one[k]), int(lines.other[k]))
        assert way <= DETOUR * length[k] + 1

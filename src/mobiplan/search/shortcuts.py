"""Shortcuts: changes that undercut a published minimum by riding one stop (G-35).

A change from A to B may take forty minutes by rule, and yet be made in twelve by a train from A
to the next stop and a walk from there. Every part obeys its rule, so searches allow it; whoever
asks for `TransferRules(no_hop_shortcuts=True)` does not want to see it.
"""

from __future__ import annotations

from mobiplan.search.ends import Found
from mobiplan.timetable.graph import ARRIVAL, DEPARTURE, TimeExpandedGraph


def hop_shortcut(graph: TimeExpandedGraph, found: Found) -> int:
    """Return the position where the first shortcut's train is boarded, -1 where there is none."""
    rows, groups = graph.connections.rows, graph.timetable.groups
    boards, alights, _ = zip(*found.rides.tolist(), strict=True)
    for i in range(len(boards) - 2):
        arrival, group = int(rows[alights[i], ARRIVAL]), int(rows[alights[i], 4])
        pairs = slice(groups.pair_ptr[group], groups.pair_ptr[group + 1])
        minimum = dict(
            zip(groups.pair_to[pairs].tolist(), groups.pair_minimum[pairs].tolist(), strict=True)
        )
        for j in range(i + 2, len(boards)):
            needed = minimum.get(int(rows[boards[j], 3]), 0)
            if int(rows[boards[j], DEPARTURE]) - arrival < needed:
                return int(boards[i + 1])
    return -1

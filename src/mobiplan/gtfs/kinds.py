"""Kinds of vehicle: the few classes that a traveller tells apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: The kinds, in their fixed order: `kind` columns hold positions in this tuple.
KINDS = (
    "high speed",
    "intercity",
    "regional",
    "suburban",
    "night",
    "coach",
    "tram",
    "metro",
    "ferry",
    "other",
)

KIND: dict[str, int] = {kind: code for code, kind in enumerate(KINDS)}

# GTFS reference, routes.txt, route_type; and Google's "Extended GTFS route types".
_BASIC = {
    0: "tram",
    1: "metro",
    2: "regional",
    3: "coach",
    4: "ferry",
    5: "tram",  # cable tram
    6: "other",  # aerial lift
    7: "other",  # funicular
    11: "coach",  # trolleybus
    12: "metro",  # monorail
}
_EXTENDED = (  # first, last, kind; later lines refine earlier ones
    (100, 117, "regional"),
    (101, 101, "high speed"),
    (102, 103, "intercity"),  # long distance, inter-regional
    (105, 105, "night"),  # sleeper
    (104, 104, "other"),  # car transport
    (109, 109, "suburban"),
    (112, 112, "other"),  # lorry transport
    (114, 114, "intercity"),  # cross-country
    (115, 115, "other"),  # vehicle transport
    (200, 209, "coach"),
    (300, 399, "suburban"),
    (400, 405, "metro"),
    (500, 699, "metro"),
    (700, 716, "coach"),
    (717, 799, "coach"),
    (800, 800, "coach"),
    (900, 906, "tram"),
    (1000, 1021, "ferry"),
    (1100, 1114, "other"),
    (1200, 1200, "ferry"),
    (1300, 1307, "other"),
    (1400, 1402, "other"),
    (1500, 1507, "other"),
    (1600, 1604, "other"),
    (1700, 1702, "other"),
)
_MAX_TYPE = 1702


def _table() -> NDArray[np.int8]:
    table = np.full(_MAX_TYPE + 1, -1, dtype=np.int8)
    for first, last, kind in _EXTENDED:
        table[first : last + 1] = KIND[kind]
    for route_type, kind in _BASIC.items():
        table[route_type] = KIND[kind]
    return table


def kind_of_route_type(route_type: NDArray[np.int64]) -> NDArray[np.int8]:
    """Return the kind of each GTFS route type, basic or extended; -1 where it is unknown.

    >>> [KINDS[k] for k in kind_of_route_type(np.array([2, 3, 101, 109]))]
    ['regional', 'coach', 'high speed', 'suburban']
    """
    known = (route_type >= 0) & (route_type <= _MAX_TYPE)
    return np.where(known, _table()[np.where(known, route_type, 0)], np.int8(-1))

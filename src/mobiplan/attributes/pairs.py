"""Figures by origin and destination, looked up for many legs at once, in both directions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mobiplan.attributes.amount import Label
from mobiplan.timetable.arrays import Int8, Int32, Int64


class Pairs(NamedTuple):
    """The rows of a table that the timetable can use, sorted by key."""

    key: Int64  # (n,) carrier, origin and destination in one number, ascending
    row: Int32  # (n,) row of the table
    n_stations: int


class Found(NamedTuple):
    """What a table says of each leg."""

    row: Int32  # (n,) row of the table, -1 none
    label: Int8  # (n,) PUBLISHED, OPPOSITE or UNKNOWN


def make_pairs(carrier: Int32, origin: Int32, destination: Int32, n_stations: int) -> Pairs:
    """Return the pairs of a table; of rows alike the first counts, rows with a -1 never.

    Parameters
    ----------
    carrier, origin, destination : (n,) int32
        A number for the carrier, rows of the timetable's stations; -1 unknown.
    n_stations : int
        How many stations the timetable has.
    """
    known = np.flatnonzero((carrier >= 0) & (origin >= 0) & (destination >= 0))
    key = _key(carrier[known], origin[known], destination[known], n_stations)
    key, first = np.unique(key, return_index=True)
    return Pairs(key, known[first].astype(np.int32), n_stations)


def look_up(pairs: Pairs, carrier: Int32, origin: Int32, destination: Int32) -> Found:
    """Find each leg's row as written, else that of the opposite direction.

    Examples
    --------
    >>> zero = np.zeros(1, dtype=np.int32)
    >>> pairs = make_pairs(zero, zero, zero + 1, n_stations=3)
    >>> found = look_up(pairs, np.zeros(3, np.int32), np.array([0, 1, 0]), np.array([1, 0, 2]))
    >>> found.row.tolist(), [Label(label).text for label in found.label]
    ([0, 0, -1], ['published', 'published for the opposite direction', 'unknown'])
    """
    there = _rows(pairs, _key(carrier, origin, destination, pairs.n_stations))
    back = _rows(pairs, _key(carrier, destination, origin, pairs.n_stations))
    asked = (carrier >= 0) & (origin >= 0) & (destination >= 0)
    row = np.where(asked, np.where(there >= 0, there, back), -1).astype(np.int32)
    label = np.where(there >= 0, Label.PUBLISHED, Label.OPPOSITE)
    return Found(row, np.where(row >= 0, label, Label.UNKNOWN).astype(np.int8))


def _key(carrier: Int32, origin: Int32, destination: Int32, n_stations: int) -> Int64:
    return (carrier.astype(np.int64) * n_stations + origin) * n_stations + destination


def _rows(pairs: Pairs, key: Int64) -> Int32:
    if not len(pairs.key):
        return np.full(len(key), -1, dtype=np.int32)
    at = np.minimum(np.searchsorted(pairs.key, key), len(pairs.key) - 1)
    return np.where(pairs.key[at] == key, pairs.row[at], -1).astype(np.int32)

"""Tables' stations to the timetable's: by UIC code, by a station's other codes, by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mobiplan.errors import AmbiguousStation, UnknownStation
from mobiplan.opendata.tables import OpenData
from mobiplan.timetable.arrays import Int32
from mobiplan.timetable.names import FILLER, normalise
from mobiplan.timetable.timetable import Timetable


def stations_by_code(timetable: Timetable, data: OpenData | None) -> dict[str, int]:
    """Return UIC code of 8 digits -> row of the timetable's stations.

    A station with several codes is found under each, if the stations' table tells them and the
    timetable uses one.

    Parameters
    ----------
    timetable : Timetable
        Its own codes always win.
    data : OpenData, optional
        Whose table `stations` knows the other codes.

    Examples
    --------
    >>> import mobiplan as mp
    >>> timetable = mp.sample()
    >>> timetable.stations.name[stations_by_code(timetable, None)["87471003"]]
    'Rennes'
    """
    rows: dict[str, int] = {}
    for row, code in enumerate(timetable.stations.code):
        if code:
            rows.setdefault(code, row)
    if data is None or "stations" not in data:
        return rows
    table = data.table("stations")
    several = table[table["station"].duplicated(keep=False)]
    others: dict[str, int] = {}
    for _, codes in several.groupby("station")["code"]:
        used = [rows[code] for code in codes if code in rows]
        if used:
            others.update({code: used[0] for code in codes if code not in rows})
    return rows | others


def rows_of_names(
    timetable: Timetable, rows: dict[str, int], names: Sequence[str], codes: Sequence[str]
) -> Int32:
    """Return the station of each name, where its code may be missing or another station's.

    The code is believed where its station shares a word with the name ("Paris Nord" is not
    Brussels airport, though a table says so); else the name decides, if it is one station's.

    Examples
    --------
    >>> import mobiplan as mp
    >>> timetable = mp.sample()
    >>> rows = stations_by_code(timetable, None)
    >>> found = rows_of_names(timetable, rows, ["Rennes", "Rennes"], ["", "87686006"])
    >>> [timetable.stations.name[row] for row in found]
    ['Rennes', 'Rennes']
    """
    known: dict[tuple[str, str], int] = {}
    for name, code in dict.fromkeys(zip(names, codes, strict=True)):
        row = rows.get(code, -1)
        if row < 0 or not _words(name) & _words(timetable.stations.name[row]):
            try:
                named = timetable.names.resolve(name)
            except (UnknownStation, AmbiguousStation):
                named = []
            row = named[0] if len(named) == 1 else -1
        known[name, code] = row
    return np.array([known[pair] for pair in zip(names, codes, strict=True)], dtype=np.int32)


def _words(name: str) -> set[str]:
    return {word for word in normalise(name).split() if word not in FILLER and len(word) > 1}

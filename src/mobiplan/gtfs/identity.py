"""One id, one row: tables whose ids are repeated are told apart from tables that contradict."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mobiplan.errors import InvalidFeed
from mobiplan.gtfs.columns import column
from mobiplan.gtfs.reading import RawFeed


def distinct_rows(feed: RawFeed, table: pd.DataFrame, file: str, key: str) -> pd.DataFrame:
    """Return `table` with one row per id; rows without id are left out.

    Raises
    ------
    InvalidFeed
        If rows of one id differ.
    """
    ids = column(table, key)
    blank = ids.blank()
    lines = np.flatnonzero(blank) + 2
    feed.checks.add(
        *(file, f"row without {key}", "error", len(lines), [f"line {i}" for i in lines]),
        action="left out: nothing can refer to it",
    )
    if blank.any():
        table, ids = table[~blank].reset_index(drop=True), ids.take(~blank)
    counts = np.bincount(ids.codes, minlength=len(ids.texts))
    if counts.max(initial=0) <= 1:
        return table
    again = np.flatnonzero(counts[ids.codes] > 1)
    rows = pd.DataFrame({c: column(table, c).values()[again] for c in table.columns})
    surplus = rows.duplicated(keep="first").to_numpy()
    clash = rows[~surplus][key].duplicated(keep=False).to_numpy()
    if clash.any():
        name = rows[~surplus][key].to_numpy()[clash].min()
        at = [int(i) + 2 for i in np.flatnonzero(column(table, key).values() == name)]
        raise InvalidFeed(
            f"{feed.name}: {file}, lines {', '.join(map(str, at[:4]))}: {key} {name!r} is given "
            "to rows that differ: keep the right one"
        )
    feed.checks.add(
        *(file, "row given twice", "warning", int(surplus.sum()), rows[key].to_numpy()[surplus]),
        action="left out: identical to another row",
    )
    keep = np.ones(len(table), dtype=bool)
    keep[again[surplus]] = False
    return table[keep].reset_index(drop=True)

"""Comparing two timetables: who gains by a change, who loses, and by how much."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

import numpy as np

from mobiplan import times
from mobiplan.analysis.cells import NEVER_S, Personals, Times
from mobiplan.analysis.matrix import (
    TravellersLike,
    _threads,
    column_of,
    personal_cells,
    travellers_of,
)
from mobiplan.errors import AmbiguousStation, InvalidQuery, UnknownStation
from mobiplan.planner.planner import Planner
from mobiplan.timetable.timetable import Timetable

if TYPE_CHECKING:
    import pandas as pd

#: What happens to a pair, in the order in which a person would want to know.
OUTCOMES = ("lost", "loses", "same", "gains", "won")
SAME_MIN = 1e-6  # equivalent minutes that are no difference


def compare(
    before: Planner | Timetable,
    after: Planner | Timetable,
    pairs: Iterable[tuple[Any, Any]] | pd.DataFrame,
    travellers: TravellersLike = "standard",
    *,
    depart: times.TimeLike | None = None,
    arrive: times.TimeLike | None = None,
    date: times.DateLike | None = None,
    window: times.DurationLike | None = None,
    days: int = 3,
    threads: int | None = None,
    executor: Executor | None = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """Say of each pair of places and each traveller who gains by a change of the timetable.

    Each takes the best journey of `Planner.plan`, before and after.

    Parameters
    ----------
    before, after : Planner or Timetable
    pairs : list of (origin, destination), or DataFrame
        Of a table the columns from_id and to_id, and weight (how many people; 1 by default).
    travellers : Traveller, str, several of them, or a mapping name -> Traveller
    depart, arrive, date, window : times, optional
        As in `Planner.plan`.
    days, threads, executor, progress
        As in `Planner.matrix`.

    Returns
    -------
    pandas.DataFrame
        A row for each pair and traveller. Columns from_id, to_id, traveller, weight,
        travel_time_before, travel_time_after (timedelta64[s], NaT where there is no journey),
        minutes (float64, how much sooner one is there, negative: later), cost_before, cost_after
        (equivalent minutes), gain (cost_before - cost_after; NaN where there was or is no journey)
        and outcome: "gains", "loses", "same", "won" (there was no journey before) or "lost" (there
        is none after).

    Raises
    ------
    InvalidQuery
        If there are no pairs, or a column is missing.
    UnknownStation, AmbiguousStation
        Naming the row.

    Examples
    --------
    >>> import mobiplan as mp
    >>> from mobiplan.analysis import compare
    >>> before = mp.sample()
    >>> after = before.edit().close("Massy TGV").apply()
    >>> table = compare(before, after, [("Rennes", "Lyon")], depart="2026-03-24 08:00")
    >>> table["outcome"].iloc[0] in ("loses", "same")
    True
    """
    import pandas as pd

    planners = [_planner(before, "before"), _planner(after, "after")]
    ends, weights = _pairs(pairs)
    names, people = travellers_of(travellers)
    asked = Times(depart, arrive, date, window, None, days)
    both = []
    for planner in planners:
        places = tuple(_resolved(planner, row, *pair) for row, pair in enumerate(ends))
        shared = Personals.of(planner, people, asked, places, priced=False)
        both.append(personal_cells(shared, executor, _threads(threads), progress))
    old, new = both
    known = (old.travel_time != NEVER_S) & (new.travel_time != NEVER_S)
    gain = np.where(known, old.cost - new.cost, np.nan)
    outcome = np.select(
        [
            (old.travel_time == NEVER_S) & (new.travel_time == NEVER_S),
            old.travel_time == NEVER_S,
            new.travel_time == NEVER_S,
            gain > SAME_MIN,
            gain < -SAME_MIN,
        ],
        ["same", "won", "lost", "gains", "loses"],
        "same",
    )
    sooner = np.where(known, (old.travel_time - new.travel_time) / 60, np.nan)
    n, each = len(ends), len(people)
    return pd.DataFrame(
        {
            "from_id": [one for one, _ in ends for _ in range(each)],
            "to_id": [other for _, other in ends for _ in range(each)],
            "traveller": pd.Categorical(names * n, categories=names),
            "weight": np.repeat(weights, each),
            "travel_time_before": column_of("travel_time", old.travel_time),
            "travel_time_after": column_of("travel_time", new.travel_time),
            "minutes": sooner.reshape(-1),
            "cost_before": column_of("cost", old.cost),
            "cost_after": column_of("cost", new.cost),
            "gain": gain.reshape(-1),
            "outcome": pd.Categorical(outcome.reshape(-1), categories=OUTCOMES, ordered=True),
        }
    )


def _planner(value: Any, argument: str) -> Planner:
    if isinstance(value, Timetable):
        return Planner(value)
    if not isinstance(value, Planner):
        raise InvalidQuery(f"{argument}={value!r}: give a Timetable or a Planner")
    return value


def _pairs(pairs: Any) -> tuple[list[tuple[Any, Any]], list[float]]:
    """Return the pairs and how many people each stands for."""
    if hasattr(pairs, "columns"):
        missing = [name for name in ("from_id", "to_id") if name not in pairs.columns]
        if missing:
            raise InvalidQuery(
                f"pairs has no column {missing[0]!r} (columns "
                f"{', '.join(map(repr, pairs.columns))}): it needs from_id and to_id"
            )
        weights = pairs["weight"].tolist() if "weight" in pairs.columns else [1.0] * len(pairs)
        pairs = list(zip(pairs["from_id"].tolist(), pairs["to_id"].tolist(), strict=True))
    else:
        pairs = list(pairs)
        weights = [1.0] * len(pairs)
    if not pairs:
        raise InvalidQuery("pairs is empty: give (origin, destination) pairs")
    for row, pair in enumerate(pairs):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InvalidQuery(f"pairs[{row}] is {pair!r}: give (origin, destination)")
    for row, weight in enumerate(weights):
        if not isinstance(weight, int | float) or not weight >= 0:
            raise InvalidQuery(f"pairs: row {row} has the weight {weight!r}: a number, 0 or more")
    return pairs, [float(weight) for weight in weights]


def _resolved(planner: Planner, row: int, origin: Any, destination: Any) -> tuple[Any, Any]:
    """Return the two places of a pair; errors name the row."""
    try:
        return (
            planner.place(origin, f"pairs[{row}] from"),
            planner.place(destination, f"pairs[{row}] to"),
        )
    except AmbiguousStation as error:
        raise AmbiguousStation(f"pairs[{row}]: {error}") from None
    except UnknownStation as error:
        raise UnknownStation(str(error)) from None

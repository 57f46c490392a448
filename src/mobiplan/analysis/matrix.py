"""Matrices: what journeys between many places take, cost and emit, as a table in r5py's names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from mobiplan.analysis.cells import (
    NEVER_S,
    Cells,
    Fans,
    Personals,
    Times,
    fan_rows,
    personal_rows,
)
from mobiplan.errors import InvalidQuery
from mobiplan.planner.executing import parts_done
from mobiplan.planner.filling import Ends
from mobiplan.planner.matrices import codes_of, many_places
from mobiplan.planner.progress import counting
from mobiplan.timetable.arrays import Float64, Int64
from mobiplan.traveller.traveller import Traveller

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.planner.planner import Planner

#: What a matrix may hold, and the columns of each.
VALUES: Mapping[str, tuple[str, ...]] = {
    "travel_time": ("travel_time",),
    "transfers": ("transfers",),
    "price": ("price_min", "price_max"),
    "co2": ("co2_kg",),
    "cost": ("cost",),
}

#: A traveller or the name of a preset, several of them, or several by name.
TravellersLike: TypeAlias = (
    "Traveller | str | Iterable[Traveller | str] | Mapping[str, Traveller | str]"
)

FANS_AT_ONCE = 8  # rows of a matrix in one part of the work
PAIRS_AT_ONCE = 8


def matrix(
    planner: Planner,
    origins: Any,
    destinations: Any,
    *,
    values: str | Sequence[str],
    times: Times,
    percentiles: Sequence[float],
    travellers: TravellersLike | None,
    threads: int | None,
    executor: Executor | None,
    progress: bool | None,
) -> pd.DataFrame:
    """Answer `Planner.matrix`; the planner is the one under the needs."""
    wanted = _values(values, personal=travellers is not None)
    shares = _percentiles(percentiles, times, personal=travellers is not None)
    n_threads = _threads(threads)
    if wanted == ["travel_time"] and times.departs and not shares and travellers is None:
        return planner.travel_times(
            origins,
            destinations,
            depart=times.depart,
            within=times.within,
            days=times.days,
            threads=n_threads,
            executor=executor,
            progress=progress,
        )
    start, end = (
        many_places(planner, origins, "origins"),
        many_places(planner, destinations, "destinations"),
    )
    priced = bool({"price", "co2"} & set(wanted))
    if travellers is not None:
        names, people = travellers_of(travellers)
        pairs = tuple(
            (start.to_place(one), end.to_place(other))
            for one in range(len(start.ids))
            for other in range(len(end.ids))
        )
        personals = Personals.of(planner, people, times, pairs, priced=priced)
        cells = personal_cells(personals, executor, n_threads, progress)
        return _table(start, end, cells, wanted, travellers=names)
    fans = Fans(planner, start, end, times, tuple(shares.values()), priced)
    n, m = (len(end.ids), len(start.ids)) if times.towards else (len(start.ids), len(end.ids))
    cells, slow = Cells.empty(n, m), np.full((len(shares), n, m), NEVER_S)
    parts = _parts(n, FANS_AT_ONCE)
    with counting(n, progress) as advance:
        for number, (answer, more) in parts_done(fan_rows, fans, parts, executor, n_threads):
            for column, part in zip(cells, answer, strict=True):
                column[parts[number]] = part
            slow[:, parts[number]] = more
            advance(len(parts[number]))
    if times.towards:
        cells = cells.turned()
    return _table(start, end, cells, wanted, slow=dict(zip(shares, slow, strict=True)))


def personal_cells(
    personals: Personals, executor: Executor | None, threads: int, progress: bool | None
) -> Cells:
    """Return the cells (n_pairs, n_travellers) of all pairs."""
    n = len(personals.pairs)
    cells = Cells.empty(n, personals.n_travellers)
    parts = _parts(n, PAIRS_AT_ONCE)
    with counting(n, progress) as advance:
        for number, answer in parts_done(personal_rows, personals, parts, executor, threads):
            for column, part in zip(cells, answer, strict=True):
                column[parts[number]] = part
            advance(len(parts[number]))
    return cells


def travellers_of(value: TravellersLike) -> tuple[list[str], tuple[Traveller, ...]]:
    """Return the names and the travellers; those without a name are numbered.

    Raises
    ------
    InvalidQuery
        If there is none, or one is no traveller; names the row.
    """
    if isinstance(value, Traveller | str):
        value = [value]
    if not isinstance(value, Mapping):
        several = list(value)
        names = [who if isinstance(who, str) else str(row) for row, who in enumerate(several)]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidQuery(f"travellers: {twice!r} stands there twice")
        value = dict(zip(names, several, strict=True))
    if not value:
        raise InvalidQuery("travellers is empty: give travellers, or leave it out")
    people = []
    for name, who in value.items():
        traveller = Traveller.preset(who) if isinstance(who, str) else who
        if not isinstance(traveller, Traveller):
            raise InvalidQuery(
                f"travellers[{name!r}] is {who!r}: give mobiplan.Traveller(...) or the name of a "
                "preset"
            )
        people.append(traveller)
    return [str(name) for name in value], tuple(people)


# ---------------------------------------------------------------------- what is asked


def _values(values: str | Sequence[str], *, personal: bool) -> list[str]:
    several = [values] if isinstance(values, str) else list(values)
    allowed = [name for name in VALUES if personal or name != "cost"]
    for name in several:
        if name not in allowed:
            of = " without travellers" if name == "cost" else ""
            raise InvalidQuery(f"values holds {name!r}{of}: allowed are {', '.join(allowed)}")
    if not several or len(set(several)) < len(several):
        raise InvalidQuery(f"values={values!r}: name some of {', '.join(allowed)}, each once")
    return several


def _percentiles(percentiles: Sequence[float], times: Times, *, personal: bool) -> dict[str, float]:
    """Return the columns of travel times at percentiles."""
    shares = {}
    for share in percentiles:
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 100:
            raise InvalidQuery(f"percentiles holds {share!r}: numbers above 0, up to 100")
        shares[f"travel_time_p{share:g}"] = float(share)
    if shares and (personal or (times.window is None and times.date is None)):
        raise InvalidQuery(
            f"percentiles={list(percentiles)} are over the departures of a window: give depart= "
            "and window='2 h' (or date=), and no travellers"
        )
    return shares


def _threads(threads: int | None) -> int:
    n_threads = (os.cpu_count() or 1) if threads is None else threads
    if not isinstance(n_threads, int) or n_threads < 1:
        raise InvalidQuery(f"threads={threads!r}: a whole number, at least 1")
    return n_threads


def _parts(n: int, at_once: int) -> list[Int64]:
    return np.array_split(np.arange(n), -(-n // at_once))


# ---------------------------------------------------------------------- tables


def _table(
    start: Ends,
    end: Ends,
    cells: Cells,
    values: Sequence[str],
    *,
    slow: Mapping[str, Int64] | None = None,
    travellers: Sequence[str] = (),
) -> pd.DataFrame:
    """Return a row for each pair, and within it for each traveller."""
    import pandas as pd

    n, m, each = len(start.ids), len(end.ids), max(len(travellers), 1)
    (from_code, from_ids), (to_code, to_ids) = codes_of(start.ids), codes_of(end.ids)
    columns: dict[str, Any] = {
        "from_id": pd.Categorical.from_codes(
            np.repeat(from_code, m * each), pd.Index(from_ids), validate=False
        ),
        "to_id": pd.Categorical.from_codes(
            np.repeat(np.tile(to_code, n), each), pd.Index(to_ids), validate=False
        ),
    }
    if travellers:
        who, names = codes_of(list(travellers))
        columns["traveller"] = pd.Categorical.from_codes(np.tile(who, n * m), pd.Index(names))
    for name in values:
        if name == "travel_time" and slow:
            columns |= {label: column_of(name, part) for label, part in slow.items()}
            continue
        columns |= {label: column_of(label, getattr(cells, label)) for label in VALUES[name]}
    return pd.DataFrame(columns)


def column_of(name: str, values: Int64 | Float64) -> Any:
    """Return cells as a column of a table: what is not there is NaT, NA or NaN."""
    import pandas as pd

    flat = np.ascontiguousarray(values).reshape(-1)
    if name == "travel_time":
        return flat.view("timedelta64[s]")
    if name == "transfers":
        return pd.arrays.IntegerArray(np.maximum(flat, 0), flat < 0)
    return flat

"""Plans for a table of questions: one row of an answer for each, from many threads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mobiplan.errors import InvalidQuery, MobiplanError
from mobiplan.planner.executing import parts_done
from mobiplan.planner.progress import counting

if TYPE_CHECKING:
    import pandas as pd

    from mobiplan.journeys import JourneySet
    from mobiplan.planner.planner import Planner

ENDS = {"from_id": "origin", "to_id": "destination"}  # as answers name them
TAKEN = ("depart", "arrive", "date", "window", "wish_depart", "wish_arrive", "needs", "traveller")
COLUMNS = (
    "from_id",
    "to_id",
    "departure",
    "arrival",
    "travel_time",
    "transfers",
    "price_min",
    "price_max",
    "co2_kg",
    "cost",
    "status",
)


def plan_many(
    planner: Planner,
    questions: pd.DataFrame,
    traveller: Any,
    threads: int | None,
    progress: bool | None,
    options: Mapping[str, Any],
) -> pd.DataFrame:
    """Answer `Planner.plan_many`."""
    import pandas as pd

    if not isinstance(questions, pd.DataFrame):
        raise InvalidQuery(
            f"questions={questions!r}: give a DataFrame with the columns origin, destination and "
            "depart"
        )
    columns = {str(name): ENDS.get(str(name), str(name)) for name in questions.columns}
    known = ("origin", "destination", *TAKEN)
    for name, meant in columns.items():
        if meant not in known:
            raise InvalidQuery(
                f"column {name!r}: questions have the columns {', '.join(known)} (or from_id and "
                "to_id)"
            )
    for side in ("origin", "destination"):
        if list(columns.values()).count(side) != 1:
            raise InvalidQuery(f"questions need one column {side!r}")
    threads = os.cpu_count() or 1 if threads is None else threads
    if not isinstance(threads, int) or threads < 1:
        raise InvalidQuery(f"threads={threads!r}: a whole number, at least 1")
    shared = (planner, {"traveller": traveller, "draws": 0, "most": 1, **options})
    asked = [
        (label, {columns[str(name)]: cell for name, cell in row.items() if not _is_empty(cell)})
        for label, row in zip(questions.index, questions.to_dict("records"), strict=True)
    ]
    answers: list[Mapping[str, Any]] = [{}] * len(asked)
    with counting(len(asked), progress, "questions") as advance:
        for number, answer in parts_done(_answer, shared, asked, None, threads):
            answers[number] = answer
            advance(1)
    table = pd.DataFrame(answers, columns=list(COLUMNS), index=questions.index)
    for name in ("from_id", "to_id"):
        table[name] = table[name].astype("category")
    table["travel_time"] = table["travel_time"].astype("timedelta64[s]")
    table["transfers"] = table["transfers"].astype("Int64")
    for name in ("price_min", "price_max", "co2_kg", "cost"):
        table[name] = table[name].astype("float64")
    return table


def _is_empty(cell: Any) -> bool:
    """Whether a cell says nothing: None, an empty text, or what is not equal to itself."""
    return cell is None or (isinstance(cell, str) and not cell) or bool(np.all(cell != cell))


def _answer(
    shared: tuple[Planner, Mapping[str, Any]], asked: tuple[Any, Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Plan one row."""
    planner, options = shared
    label, row = asked
    for side in ("origin", "destination"):
        if side not in row:
            raise InvalidQuery(f"row {label!r}, column {side!r}: empty; name a station")
        try:
            planner.place(row[side], side)
        except MobiplanError as error:
            raise type(error)(f"row {label!r}, column {side!r}: {error}") from error
    try:
        found = planner.plan(**{**options, **row})
    except MobiplanError as error:
        raise type(error)(f"row {label!r}, {_columns(row)}: {error}") from error
    return _row_of(found)


def _columns(row: Mapping[str, Any]) -> str:
    names = [name for name in row if name not in ("origin", "destination")] or list(row)
    return ("column " if len(names) == 1 else "columns ") + ", ".join(map(repr, names))


def _row_of(found: JourneySet) -> Mapping[str, Any]:
    if not found:
        return {"status": str(found.diagnosis)}
    first = found.to_frame().iloc[0]
    legs = found.best.to_frame()
    answer = {name: first[name] for name in COLUMNS if name in first.index}
    return {
        **answer,
        "from_id": legs["from_id"].iloc[0],
        "to_id": legs["to_id"].iloc[-1],
        "travel_time": first["duration"],
        "status": "ok",
    }

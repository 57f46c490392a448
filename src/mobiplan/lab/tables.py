"""Public tables of choices, wide (a row per situation) or long (a row per option), made tidy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from mobiplan.errors import InvalidChoices

if TYPE_CHECKING:
    import pandas as pd

Amount: TypeAlias = str | float | npt.NDArray[Any]


def from_wide(
    table: pd.DataFrame,
    options: Mapping[Any, Mapping[str, Amount]],
    *,
    chosen: str,
    person: str | None = None,
    available: Mapping[Any, str] | None = None,
) -> pd.DataFrame:
    """Return the tidy table of a wide one.

    Parameters
    ----------
    table : DataFrame
        A row per situation.
    options : mapping
        Each option, as the column `chosen` names it, to its features: the name of a column, a
        number, or an array with one amount per row. A feature that an option lacks is 0.
    chosen : str
        The column that says which option was taken.
    person : str, optional
        The column that says whose choice it is; becomes the column ``person``.
    available : mapping, optional
        Option to the column that is 0 where the option was not offered.

    Returns
    -------
    DataFrame
        situation, option, chosen, the features, and person if asked; by situation, then option.

    Raises
    ------
    InvalidChoices
        If a column is missing or a row's choice is none of the options it offers.

    Examples
    --------
    >>> import pandas as pd
    >>> survey = pd.DataFrame({"took": ["rail", "bus"], "rail": [90, 80], "bus": [95, 200]})
    >>> minutes = {"rail": {"riding": "rail"}, "bus": {"riding": "bus"}}
    >>> from_wide(survey, minutes, chosen="took")["riding"].tolist()
    [90.0, 95.0, 80.0, 200.0]
    """
    import pandas as pd

    named = {chosen, *([person] if person else []), *(available or {}).values()}
    named |= {a for amounts in options.values() for a in amounts.values() if isinstance(a, str)}
    _require(table, named)
    features = list(dict.fromkeys(name for amounts in options.values() for name in amounts))
    parts = []
    for place, (option, amounts) in enumerate(options.items()):
        columns: dict[str, Any] = {"situation": np.arange(len(table)), "option": str(option)}
        columns["chosen"] = (table[chosen] == option).to_numpy()
        if person:
            columns["person"] = table[person].to_numpy()
        for name in features:
            amount = amounts.get(name, 0.0)
            values = table[amount].to_numpy() if isinstance(amount, str) else amount
            columns[name] = np.broadcast_to(np.asarray(values, np.float64), len(table))
        columns["_place"] = place
        part = pd.DataFrame(columns)
        if available and option in available:
            part = part[table[available[option]].to_numpy() != 0]
        parts.append(part)
    tidy = pd.concat(parts).sort_values(["situation", "_place"], kind="stable")
    taken = tidy.groupby("situation")["chosen"].sum().reindex(range(len(table)), fill_value=0)
    if not (taken == 1).all():
        row = int(np.argmax(taken.to_numpy() != 1))
        raise InvalidChoices(
            f"row {row}: {chosen}={table[chosen].iloc[row]!r} is none of the options offered "
            f"({', '.join(map(str, options))})"
        )
    return tidy.drop(columns="_place").reset_index(drop=True)


def from_long(
    table: pd.DataFrame,
    features: Mapping[str, str] | Sequence[str],
    *,
    situation: str,
    chosen: str,
    option: str | None = None,
    person: str | None = None,
) -> pd.DataFrame:
    """Return the tidy table of a long one: columns renamed, the others dropped.

    Parameters
    ----------
    table : DataFrame
        A row per option of a situation.
    features : mapping of feature to column, or sequence of columns
    situation, chosen, option, person : str
        The columns that play these parts.

    Raises
    ------
    InvalidChoices
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> survey = pd.DataFrame({"case": [1, 1], "took": [1, 0], "tt": [90, 95], "x": ["a", "b"]})
    >>> from_long(survey, {"riding": "tt"}, situation="case", chosen="took").columns.tolist()
    ['situation', 'chosen', 'riding']
    """
    if not isinstance(features, Mapping):
        features = {name: name for name in features}
    parts = {"situation": situation, "option": option, "chosen": chosen, "person": person}
    columns = {new: old for new, old in parts.items() if old} | dict(features)
    _require(table, set(columns.values()))
    tidy = table[list(columns.values())]
    return tidy.set_axis(list(columns), axis=1)


def _require(table: pd.DataFrame, columns: set[str]) -> None:
    missing = sorted(columns - set(table.columns))
    if missing:
        raise InvalidChoices(
            f"the table has no column {', '.join(missing)}; it has {', '.join(table.columns)}"
        )

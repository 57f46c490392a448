"""Choices as arrays: what was offered and what was taken, whatever the order of the file.

Notation, here and in `logit`: S situations, N rows (one option of one situation each), K features.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from mobiplan.errors import InvalidChoices

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Booleans: TypeAlias = npt.NDArray[np.bool_]

NOT_FEATURES = ("situation", "option", "chosen", "context", "weight")
NO_CONTEXT = ""  # of a choice that names none


@runtime_checkable
class HasFeatures(Protocol):
    """What learning asks of a set of journeys."""

    def features(self) -> Mapping[str, Sequence[float]]:
        """Feature name to one amount per journey, in the set's order."""
        ...


class Table(Protocol):
    """A table by columns: a DataFrame, or a mapping of column names to values."""

    def keys(self) -> Any:
        """The column names."""
        ...

    def __getitem__(self, name: str, /) -> Any:
        """The values of a column."""
        ...


ChoicesLike: TypeAlias = Table | Sequence[tuple[HasFeatures, Any]]


class Choices(NamedTuple):
    """Choices as arrays, sorted by situation, then option."""

    features: tuple[str, ...]  # K names, sorted
    situations: tuple[Hashable, ...]  # S names, as given
    amounts: Floats  # (N, K)  how much of each feature each option has
    first: Integers  # (S + 1,)  rows of situation s: first[s] to first[s + 1]
    chosen: Integers  # (S,)  the row taken; -1 where the table does not say
    contexts: tuple[str, ...]  # (S,)  NO_CONTEXT where none is named
    weight: Floats  # (S,)  how many times the choice counts
    row: Integers  # (N,)  where each row stood in the table as given


NOTHING = Choices(
    (),
    (),
    np.zeros((0, 0)),
    np.zeros(1, np.int64),
    np.zeros(0, np.int64),
    (),
    np.zeros(0),
    np.zeros(0, np.int64),
)


def read(choices: ChoicesLike, *, answered: bool = True) -> Choices:
    """Return choices as arrays, checked.

    Parameters
    ----------
    choices : DataFrame, mapping of columns, or sequence of (journeys, chosen)
        A tidy table, one row per option: ``situation``, ``chosen``, one numeric column per
        feature, and if wanted ``option`` (its name), ``context`` (text) and ``weight`` (how many
        times the choice counts), the last two alike in all rows of a situation. Columns that
        begin with "_" are ignored. Or pairs of a set of journeys (`HasFeatures`) and the journey
        that was taken, or its position.
    answered : bool
        Whether the table must say what was taken; if not, it is not looked at.

    Raises
    ------
    InvalidChoices
        If a column is missing, not numeric or not finite, if not exactly one option of a
        situation is chosen, or if context or weight vary within a situation.

    Examples
    --------
    >>> offered = {"situation": [1, 1], "riding": [95, 110], "transfers": [1, 0]}
    >>> read({**offered, "chosen": [0, 1]}).features
    ('riding', 'transfers')
    """
    table = cast(Table, choices) if hasattr(choices, "keys") else _table(choices)
    columns = {str(name): np.asarray(table[name]) for name in table.keys()}  # noqa: SIM118
    missing = {"situation", *(["chosen"] if answered else [])} - columns.keys()
    if missing:
        raise InvalidChoices(
            f"the table of choices has no column {', '.join(map(repr, sorted(missing)))}; "
            f"it has {', '.join(map(repr, columns))}"
        )
    n_rows = len(columns["situation"])
    if not n_rows:
        raise InvalidChoices("the table of choices is empty")
    if any(values.shape != (n_rows,) for values in columns.values()):
        raise InvalidChoices("the columns of the table of choices differ in length")

    names, situation = _codes(columns["situation"])
    option = _codes(columns["option"])[1] if "option" in columns else np.zeros(n_rows, np.int64)
    row = np.lexsort((option, situation))
    first = np.searchsorted(situation[row], np.arange(len(names) + 1)).astype(np.int64)
    columns = {name: values[row] for name, values in columns.items()}
    at = np.repeat(np.arange(len(names)), np.diff(first))  # (N,) situation of each sorted row

    features = tuple(sorted(n for n in columns if n not in NOT_FEATURES and not n.startswith("_")))
    amounts = np.empty((n_rows, len(features)))
    for k, name in enumerate(features):
        amounts[:, k] = _numbers(name, columns[name], names, at)
    weight = np.ones(len(names))
    if "weight" in columns:
        weights = _numbers("weight", columns["weight"], names, at)
        weight = weights[first[:-1]]
        _refuse(
            (weights < 0) | (weights != weight[at]), "give its options one weight ≥ 0", names, at
        )
    contexts = [NO_CONTEXT] * len(names)
    if "context" in columns:
        given = [NO_CONTEXT if c is None or c != c else str(c) for c in columns["context"].tolist()]
        contexts = [given[start] for start in first[:-1]]
        varies = np.array([c != contexts[s] for c, s in zip(given, at.tolist(), strict=True)])
        _refuse(varies, "give its options one context", names, at)
    chosen = np.full(len(names), -1, np.int64)
    if answered:
        taken = _numbers("chosen", columns["chosen"], names, at)
        _refuse((taken != 0) & (taken != 1), "`chosen` is 1 (true) or 0 (false)", names, at)
        count = np.add.reduceat(taken, first[:-1])
        wrong = "has %d options chosen; exactly one is taken in each situation"
        if (count != 1).any():
            worst = int(np.argmax(count != 1))
            raise InvalidChoices(f"situation {names[worst]!r} " + wrong % count[worst])
        chosen = np.flatnonzero(taken).astype(np.int64)
    return Choices(
        features,
        tuple(names),
        amounts,
        first,
        chosen,
        tuple(contexts),
        weight,
        row.astype(np.int64),
    )


def _table(pairs: ChoicesLike) -> dict[str, list[Any]]:
    """Return the tidy table of (journeys, chosen) pairs; situations are numbered in their order."""
    columns: dict[str, list[Any]] = {"situation": [], "option": [], "chosen": []}
    answers = []
    for pair in pairs if isinstance(pairs, Sequence) else [pairs]:
        if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], HasFeatures)):
            raise InvalidChoices(
                "choices are a table by columns or a list of (journeys, chosen), where the "
                f"journeys have .features(); got {type(pair).__name__}"
            )
        answers.append(pair)
    offered = [journeys.features() for journeys, _ in answers]
    names = sorted({name for amounts in offered for name in amounts})
    columns |= {name: [] for name in names}
    for situation, ((journeys, taken), amounts) in enumerate(zip(answers, offered, strict=True)):
        n_options = len(next(iter(amounts.values()), ()))
        position = taken
        if taken is not None and not isinstance(taken, int | np.integer):
            shown = list(cast(Sequence[Any], journeys))
            if taken not in shown:
                raise InvalidChoices(f"situation {situation}: {taken!r} was not among the journeys")
            position = shown.index(taken)
        columns["situation"] += [situation] * n_options
        columns["option"] += range(n_options)
        columns["chosen"] += [option == position for option in range(n_options)]
        for name in names:  # a feature that no journey of the set has is 0 in all of them
            columns[name] += list(amounts.get(name, [0.0] * n_options))
    return columns


def _codes(values: npt.NDArray[Any]) -> tuple[list[Hashable], Integers]:
    """Return the distinct values, sorted, and the position of each value among them."""
    try:
        distinct, code = np.unique(values, return_inverse=True)
        return distinct.tolist(), code.astype(np.int64)
    except TypeError:  # numbers beside text: numbers first
        listed = values.tolist()
        ranked = sorted(
            set(listed), key=lambda v: (isinstance(v, str), v if isinstance(v, str) else float(v))
        )
        position = {value: i for i, value in enumerate(ranked)}
        return ranked, np.array([position[value] for value in listed], np.int64)


def _numbers(column: str, values: npt.NDArray[Any], names: list[Hashable], at: Integers) -> Floats:
    """Return a column as finite floats; what is unknown cannot be weighed."""
    try:
        if values.dtype.kind in "mMUSc":
            raise TypeError
        numbers = values.astype(np.float64)
    except (TypeError, ValueError):
        raise InvalidChoices(
            f"column {column!r} is not numeric: every column but {', '.join(NOT_FEATURES)} is a "
            "feature; begin its name with '_' to have it ignored"
        ) from None
    _refuse(
        ~np.isfinite(numbers),
        f"column {column!r} is not finite; leave out the option, or the column",
        names,
        at,
    )
    return numbers


def _refuse(wrong: Booleans, why: str, names: list[Hashable], at: Integers) -> None:
    """Raise for the first situation with a wrong row."""
    if wrong.any():
        raise InvalidChoices(f"situation {names[int(at[np.argmax(wrong)])]!r}: {why}")

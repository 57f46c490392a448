"""Text columns as codes: each distinct text is looked at once, however many rows repeat it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Column(NamedTuple):
    """A text column: row i holds ``texts[codes[i]]``.

    Texts are distinct and without blanks around them; "" stands for a missing value.
    """

    codes: NDArray[np.intp]  # (n_rows,)
    texts: NDArray[np.object_]  # (n_texts,) str

    def values(self) -> NDArray[np.object_]:
        """Return the text of every row."""
        return self.texts[self.codes]

    def blank(self) -> NDArray[np.bool_]:
        """Return which rows hold nothing."""
        return np.asarray(self.texts == "", dtype=bool)[self.codes]

    def rows_in(self, ids: NDArray[np.object_]) -> NDArray[np.int32]:
        """Return the position in `ids` (distinct) of every row's text, -1 where it is absent."""
        position = pd.Index(ids, dtype=object).get_indexer(pd.Index(self.texts, dtype=object))
        position[self.texts == ""] = -1
        return position.astype(np.int32)[self.codes]

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Column:
        """Return the column of these rows only."""
        return Column(self.codes[rows], self.texts)


def column(frame: pd.DataFrame, name: str) -> Column:
    """Return a text column of `frame`; an absent column is blank everywhere."""
    if name not in frame.columns:
        return Column(np.zeros(len(frame), dtype=np.intp), np.array([""], dtype=object))
    series = frame[name]
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes = series.cat.codes.to_numpy().astype(np.intp)
        texts = np.array([str(category) for category in series.cat.categories], dtype=object)
    else:
        codes, texts = _coded(series.to_numpy(dtype=object))
    return _stripped(codes, texts)


def run_column(frame: pd.DataFrame, name: str) -> Column:
    """Return a text column whose equal values mostly stand in runs, as trip ids do."""
    if not len(frame) or isinstance(frame[name].dtype, pd.CategoricalDtype):
        return column(frame, name)
    values = frame[name].to_numpy(dtype=object)
    head = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=head[1:])
    codes, texts = _coded(values[head])
    return _stripped(np.repeat(codes, np.diff(np.flatnonzero(np.append(head, True)))), texts)


def numbers(
    col: Column, otherwise: float, lowest: float = -np.inf, highest: float = np.inf
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a column as numbers, and which rows hold a text that is no number in bounds.

    Both a blank and a bad text give `otherwise`.
    """
    parsed = pd.to_numeric(pd.Series(col.texts, dtype=object), errors="coerce").to_numpy(
        dtype=np.float64, na_value=np.nan
    )
    bad = ~(np.isfinite(parsed) & (parsed >= lowest) & (parsed <= highest))
    good = np.where(bad, otherwise, parsed)
    return good[col.codes], (bad & (col.texts != ""))[col.codes]


def whole_numbers(
    col: Column, otherwise: int, lowest: int = 0, highest: int = 2**31 - 1
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return a column as whole numbers, and which rows hold something else (see `numbers`)."""
    found, bad = numbers(col, otherwise, lowest, highest)
    fraction = found != np.floor(found)
    return np.where(fraction, otherwise, found).astype(np.int64), bad | fraction


def sorted_rows(texts: NDArray[np.object_]) -> NDArray[np.intp]:
    """Return the order that sorts texts by code point; equal texts keep theirs."""
    return np.argsort(texts, kind="stable").astype(np.intp)


def _coded(values: NDArray[np.object_]) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    codes, texts = pd.factorize(values)
    return codes.astype(np.intp, copy=False), np.asarray(texts, dtype=object)


def _stripped(codes: NDArray[np.intp], texts: NDArray[np.object_]) -> Column:
    if len(codes) and codes.min() < 0:
        codes = np.where(codes < 0, len(texts), codes)
        texts = np.append(texts, "")
    bare = np.array([text.strip() for text in texts], dtype=object)
    if (bare != texts).any():
        merged, texts = _coded(bare)
        return Column(merged[codes], texts)
    return Column(codes, texts)

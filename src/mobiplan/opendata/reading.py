"""CSV as the platform exports it to a clean frame: `;`, UTF-8 with BOM, either spelling."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from mobiplan.errors import InvalidOpenData
from mobiplan.opendata.dataset import Column, Dataset, key, uic8

if TYPE_CHECKING:
    import pandas as pd


def read_table(dataset: Dataset, content: bytes, where: str) -> pd.DataFrame:
    """Return the clean frame of a data set.

    Parameters
    ----------
    dataset : Dataset
        What the file holds.
    content : bytes
        The file.
    where : str
        How messages call it.

    Raises
    ------
    InvalidOpenData
        If it is not UTF-8, lacks a column, or holds what is no number where one is expected.
    """
    import pandas as pd

    try:
        text = content.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as error:
        raise InvalidOpenData(
            f"{where}: byte {error.start} is not UTF-8: export the table anew, as CSV in UTF-8"
        ) from None
    try:
        raw = pd.read_csv(io.StringIO(text), sep=";", dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InvalidOpenData(f"{where}: not a table separated by semicolons: {error}") from None
    keys = [key(str(label)) for label in raw.columns]
    columns: dict[str, pd.Series] = {}
    read = set()
    for column in dataset.columns:
        at = next((keys.index(spelling) for spelling in column.keys if spelling in keys), None)
        if at is None:
            if column.required:
                raise _missing(column, raw, where)
            columns[column.name] = _typed(column, pd.Series("", index=raw.index), where)
            continue
        read.add(at)
        columns[column.name] = _typed(column, raw.iloc[:, at], where)
    frame = pd.DataFrame(columns)
    if dataset.clean is None:
        return frame
    others = {name: raw.iloc[:, at] for at, name in enumerate(keys) if at not in read}
    others = {name: cells for name, cells in others.items() if name not in frame}
    try:
        clean = dataset.clean(frame.assign(**others))
    except InvalidOpenData as error:
        raise InvalidOpenData(f"{where}: {error}") from None
    return clean.drop(columns=[name for name in others if name in clean]).reset_index(drop=True)


def _missing(column: Column, raw: pd.DataFrame, where: str) -> InvalidOpenData:
    return InvalidOpenData(
        f"{where}: no column for {column.name!r}, which is published as "
        f"{' or '.join(column.keys)}; found {', '.join(map(str, raw.columns))}"
    )


def _typed(column: Column, cells: pd.Series, where: str) -> pd.Series:
    """Read a column's text as its kind says."""
    import pandas as pd

    if column.kind == "text":
        return cells.str.strip()
    if column.kind == "number":
        texts = cells.str.strip().str.replace(",", ".", regex=False)
        numbers = pd.to_numeric(texts, errors="coerce").astype(float)
        wrong = numbers.isna() & texts.ne("")
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise InvalidOpenData(
                f"{where}, line {row + 2}, column {cells.name!r}: {cells.iloc[row]!r} is not a "
                "number; correct it or leave it empty"
            )
        return numbers
    country = "87" if column.kind == "short code" else ""
    known = {
        code: uic8(country + code if len(code.strip()) == 6 else code) for code in cells.unique()
    }
    return cells.map(known)

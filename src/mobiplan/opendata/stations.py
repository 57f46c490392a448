"""Stations: names, UIC codes (some have several), size class, place. `gares-de-voyageurs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobiplan.opendata.dataset import Column, Dataset, uic8

if TYPE_CHECKING:
    import pandas as pd


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per UIC code; `station` numbers the stations, so that codes of one share it.

    The size class (A national, B regional, C local) is the code's own where each code has one.
    """
    import pandas as pd

    rows: dict[str, list[object]] = {name: [] for name in ("code", "station", "name", "segment")}
    columns = (frame[name].tolist() for name in ("codes", "name", "segments"))
    for station, (codes, name, segments) in enumerate(zip(*columns, strict=True)):
        known = [code for code in map(uic8, codes.replace(",", ";").split(";")) if code]
        sizes = [size.strip() for size in segments.replace(",", ";").split(";")]
        own = sizes if len(sizes) == len(known) else sizes[:1] * len(known)
        for code, size in zip(known, own, strict=True):
            for column, value in zip(rows, (code, station, name, size), strict=True):
                rows[column].append(value)
    return pd.DataFrame(rows)


DATASET = Dataset(
    name="stations",
    ids=("gares-de-voyageurs", "referentiel-gares-voyageurs"),
    columns=(
        Column("name", ("nom", "gare_alias_libelle_noncontraint")),
        Column("codes", ("code_s_uic", "codes_uic", "uic_code")),
        Column("segments", ("segment_s_drg", "segment_drg", "segmentdrg_libelle")),
    ),
    clean=_clean,
)

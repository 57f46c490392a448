"""Passengers a year by station. `frequentation-gares`, which gains columns with each year."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mobiplan.opendata.dataset import Column, Dataset

if TYPE_CHECKING:
    import pandas as pd

_YEAR = re.compile(r"total_voyageurs_(\d{4})")


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    """A row per station and year; no row where a year has no figure."""
    import pandas as pd

    from mobiplan.errors import InvalidOpenData

    years = [column for column in frame.columns if _YEAR.fullmatch(str(column))]
    if not years:
        raise InvalidOpenData(
            "no column like total_voyageurs_2024 (Total Voyageurs 2024); found "
            + ", ".join(map(str, frame.columns))
        )
    long = frame.melt(["code", "name", "segment"], years, "year", "passengers")
    long["year"] = long["year"].str[-4:].astype("int16")
    long["passengers"] = pd.to_numeric(long["passengers"], errors="coerce")
    return long.dropna(subset="passengers").sort_values(["code", "year"]).reset_index(drop=True)


DATASET = Dataset(
    name="passengers",
    ids=("frequentation-gares",),
    columns=(
        Column("name", ("nom_de_la_gare", "nom_gare")),
        Column("code", ("code_uic", "code_uic_complet"), "code"),
        Column("segment", ("segmentation_drg", "segment_drg"), required=False),
    ),
    clean=_clean,
)

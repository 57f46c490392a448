"""Published fares of the Intercités by origin and destination. `tarifs-intercites`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobiplan.opendata.dataset import Column, Dataset
from mobiplan.opendata.fares import clean_fares

if TYPE_CHECKING:
    import pandas as pd


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    """Name the carrier, which the table leaves unsaid."""
    return clean_fares(frame.assign(carrier="INTERCITES"))


DATASET = Dataset(
    name="intercity_fares",
    ids=("tarifs-intercites",),
    columns=(
        Column("from_name", ("origine",)),
        Column("from_code", ("origine_uic8", "origine_code_uic"), "code"),
        Column("to_name", ("destination",)),
        Column("to_code", ("destination_uic8", "destination_code_uic"), "code"),
        Column("class_", ("classe",)),
        Column("profile", ("profil_tarifaire",)),
        Column("low_eur", ("prix_min", "prix_minimum"), "number"),
        Column("high_eur", ("prix_max", "prix_maximum"), "number"),
    ),
    clean=_clean,
)

"""Published fares by origin and destination: a range of prices, not an offer.

`tarifs-tgv-inoui-ouigo` lists most pairs in one direction only; many rows are through fares of
pairs without a direct train.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobiplan.opendata.dataset import Column, Dataset

if TYPE_CHECKING:
    import pandas as pd


def clean_fares(frame: pd.DataFrame) -> pd.DataFrame:
    """Classes as numbers, and rows without codes, prices or a sensible range left out."""
    frame = frame.assign(class_=frame["class_"].str.extract(r"([12])", expand=False))
    ordered = frame["low_eur"].ge(0) & frame["low_eur"].le(frame["high_eur"])
    known = frame["from_code"].ne("") & frame["to_code"].ne("") & frame["class_"].notna()
    frame = frame[ordered & known]
    return frame.assign(class_=frame["class_"].astype("int8")).reset_index(drop=True)


DATASET = Dataset(
    name="fares",
    ids=("tarifs-tgv-inoui-ouigo",),
    columns=(
        Column("carrier", ("transporteur",)),
        Column("from_name", ("gare_origine",)),
        Column("from_code", ("gare_origine_code_uic",), "code"),
        Column("to_name", ("destination", "gare_destination")),
        Column("to_code", ("gare_destination_code_uic",), "code"),
        Column("class_", ("classe",)),
        Column("profile", ("profil_tarifaire",)),
        Column("low_eur", ("prix_minimum",), "number"),
        Column("high_eur", ("prix_maximum",), "number"),
    ),
    clean=clean_fares,
)

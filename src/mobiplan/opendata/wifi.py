"""Wi-Fi in stations. `gares-equipees-du-wifi`, whose codes lack the country."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobiplan.opendata.dataset import Column, Dataset

if TYPE_CHECKING:
    import pandas as pd


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    """Three values: 1 yes, 2 no, 0 where the table says neither."""
    said = frame["wifi"].str.strip().str.lower().map({"oui": 1, "non": 2}).fillna(0)
    return frame.assign(wifi=said.astype("int8"))


DATASET = Dataset(
    name="wifi",
    ids=("gares-equipees-du-wifi",),
    columns=(
        Column("code", ("uic", "uic_code"), "short code"),
        Column("name", ("gare", "nom_de_la_gare")),
        Column("wifi", ("service_wifi",)),
    ),
    clean=_clean,
)

"""Assistances given to passengers of reduced mobility, by station and month.

`accompagnement-pmr-gares`, of which the platform's last month is 2022-02.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobiplan.opendata.dataset import Column, Dataset

if TYPE_CHECKING:
    import pandas as pd

_KINDS = ("simple", "ramp", "wheelchair", "ramp_and_wheelchair")


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the kinds up: the published total is not their sum, and not in every version."""
    return frame.assign(assistances=frame[list(_KINDS)].fillna(0).sum(axis=1))


DATASET = Dataset(
    name="assistance",
    ids=("accompagnement-pmr-gares",),
    columns=(
        Column("month", ("date_mensuel", "datemensuel", "date")),
        Column("code", ("code_uic", "uic", "uic_code"), "code"),
        Column("name", ("nom_de_la_gare", "gare")),
        Column("simple", ("assistance_simple",), "number"),
        Column("ramp", ("rampe",), "number"),
        Column("wheelchair", ("fauteuil",), "number"),
        Column("ramp_and_wheelchair", ("rampe_et_fauteuil",), "number"),
    ),
    clean=_clean,
)

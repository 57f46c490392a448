"""Access equipment in stations, a row for each item that is there.

`equipements-accessibilite-en-gares`: what has no row is not said to be absent.
"""

from __future__ import annotations

from mobiplan.opendata.dataset import Column, Dataset

DATASET = Dataset(
    name="equipment",
    ids=("equipements-accessibilite-en-gare", "equipements-accessibilite-en-gares"),
    columns=(
        Column("code", ("uic",), "code"),
        Column("name", ("nom_de_la_gare", "nom_gare")),
        Column("item", ("accessibilite",)),
    ),
)

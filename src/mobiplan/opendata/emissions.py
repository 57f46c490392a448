"""Emissions per passenger by origin and destination, complete life cycle.

`emission-co2-perimetre-complet`. Some versions know names only, and some codes are another
station's ("Paris Nord" with the code of Brussels airport): see `attributes.places`.
"""

from __future__ import annotations

from mobiplan.opendata.dataset import Column, Dataset

DATASET = Dataset(
    name="emissions",
    ids=("emission-co2-perimetre-complet",),
    columns=(
        Column("carrier", ("transporteur",)),
        Column("from_name", ("origine",)),
        Column("from_code", ("origine_uic",), "code", required=False),
        Column("to_name", ("destination",)),
        Column("to_code", ("destination_uic",), "code", required=False),
        Column("rail_km", ("distance_entre_les_gares",), "number"),
        Column("train_kg", ("train_empreinte_carbone_kgco2e",), "number"),
        Column("road_km", ("distance_routiere",), "number", required=False),
        Column("coach_kg", ("autocar_longue_distance_empreinte_carbone_kgco2e",), "number"),
        Column(
            "electric_car_kg",
            ("voiture_electrique_2_2_pers_empreinte_carbone_kgco2e",),
            "number",
        ),
        Column("car_kg", ("voiture_thermique_2_2_pers_empreinte_carbone_kgco2e",), "number"),
        Column("air_km", ("distance_aerienne",), "number", required=False),
        Column("plane_kg", ("avion_empreinte_carbone_kgco2e",), "number", required=False),
    ),
)

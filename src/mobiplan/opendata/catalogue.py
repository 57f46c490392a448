"""The data sets that mobiplan reads. A new one is a file beside this one and a line below."""

from __future__ import annotations

import re

from mobiplan.opendata import (
    assistance,
    emissions,
    equipment,
    fares,
    hours,
    intercity_fares,
    passengers,
    stations,
    wifi,
)
from mobiplan.opendata.dataset import Dataset

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        stations.DATASET,
        fares.DATASET,
        intercity_fares.DATASET,
        emissions.DATASET,
        equipment.DATASET,
        assistance.DATASET,
        wifi.DATASET,
        hours.DATASET,
        passengers.DATASET,
    )
}


def dataset_of(stem: str) -> tuple[Dataset, str] | None:
    """Return the data set that a file is named after, and the id in the name; None if unknown.

    What follows the id after a separator is a version: ``frequentation-gares_2024-03``.

    >>> found = dataset_of("equipements-accessibilite-en-gares (1)")
    >>> found[0].name, found[1]
    ('equipment', 'equipements-accessibilite-en-gares')
    >>> dataset_of("emission-co2-tgv") is None
    True
    """
    for dataset in DATASETS.values():
        for id_ in dataset.ids:
            if re.fullmatch(re.escape(id_) + r"(?:[ _.(].*)?", stem):
                return dataset, id_
    return None

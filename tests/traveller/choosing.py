"""Choices for tests: small tables by hand, random ones by hypothesis, and the public surveys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from mobiplan.lab import from_wide

SURVEYS = Path(__file__).parents[3] / "shared" / "choices"
GUILDERS = 2.20371  # in a euro


def survey(file: str) -> pd.DataFrame:
    if not (SURVEYS / file).exists():
        pytest.skip(f"{SURVEYS / file} is missing: the surveys lie beside the project")
    return pd.read_csv(SURVEYS / file)


def dutch_trains() -> pd.DataFrame:
    """2,929 answers of 235 people (1987): price in euros, time in minutes; tidy."""
    table = survey("train_trips_nl_1987.csv.gz")
    options = {}
    for i in (1, 2):
        table[f"euros{i}"] = table[f"price{i}"] / 100 / GUILDERS
        columns = {"euros": "euros", "time": "time", "transfers": "change", "comfort": "comfort"}
        options[f"choice{i}"] = {name: f"{column}{i}" for name, column in columns.items()}
    return from_wide(table, options, chosen="choice", person="id")


def swissmetro() -> pd.DataFrame:
    """6,768 answers of 752 people (1998): time in minutes, cost in francs; tidy."""
    table = survey("swissmetro_1998.csv.gz")
    table = table[table["PURPOSE"].isin([1, 3]) & (table["CHOICE"] != 0)].reset_index(drop=True)
    pays = table["GA"] == 0  # the general abonnement covers train and Swissmetro
    table["TRAIN_PAID"] = table["TRAIN_CO"] * pays
    table["SM_PAID"] = table["SM_CO"] * pays
    return from_wide(
        table,
        {
            1: {"time": "TRAIN_TT", "cost": "TRAIN_PAID", "train": 1.0},
            2: {"time": "SM_TT", "cost": "SM_PAID"},
            3: {"time": "CAR_TT", "cost": "CAR_CO", "car": 1.0},
        },
        chosen="CHOICE",
        person="ID",
        available={1: "TRAIN_AV", 2: "SM_AV", 3: "CAR_AV"},
    )


def random_choices(seed: int, n: int = 40, *, contexts: tuple[str, ...] = ()) -> pd.DataFrame:
    """Situations of 2 to 5 options, taken by a logit of moderate weights."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for situation in range(n):
        size = int(rng.integers(2, 6))
        riding = rng.uniform(40, 160, size).round(1)
        transfers = rng.integers(0, 4, size)
        euros = rng.uniform(5, 60, size).round(2)
        cost = 0.05 * (riding + 12 * transfers + 3 * euros) + rng.gumbel(size=size)
        for i in range(size):
            rows.append(
                {
                    "situation": situation,
                    "option": i,
                    "chosen": int(i == np.argmin(cost)),
                    "riding": riding[i],
                    "transfers": float(transfers[i]),
                    "euros": euros[i],
                }
            )
            if contexts:
                rows[-1]["context"] = contexts[situation % len(contexts)]
    return pd.DataFrame(rows)


def situations(table: pd.DataFrame, *wanted: object) -> pd.DataFrame:
    return table[table["situation"].isin(wanted)]


seeds = st.integers(0, 10_000)

"""Choices for tests: small tables by hand, random ones by hypothesis, and the public surveys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from mobiplan import lab

SURVEYS = Path(__file__).parents[3] / "shared" / "choices"


def dutch_trains() -> pd.DataFrame:
    return lab.dutch_trains(survey("train_trips_nl_1987.csv.gz"))


def swissmetro() -> pd.DataFrame:
    return lab.swissmetro(survey("swissmetro_1998.csv.gz"))


def survey(file: str) -> Path:
    if not (SURVEYS / file).exists():
        pytest.skip(f"{SURVEYS / file} is missing: the surveys lie beside the project")
    return SURVEYS / file


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

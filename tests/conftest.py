"""What all tests share: hypothesis is deterministic, the bundled feed is loaded once."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

import mobiplan as mp

# The same examples on every machine; MOBIPLAN_EXAMPLES=2000 looks further, and anew each time.
_examples = os.environ.get("MOBIPLAN_EXAMPLES")
settings.register_profile(
    "house",
    derandomize=_examples is None,
    database=None,
    deadline=None,
    max_examples=int(_examples or 100),
    print_blob=False,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def sample() -> mp.Timetable:
    """The bundled feed."""
    return mp.sample()


@pytest.fixture(scope="session")
def sample_planner(sample: mp.Timetable) -> mp.Planner:
    """A planner on the bundled feed."""
    return mp.Planner(sample)

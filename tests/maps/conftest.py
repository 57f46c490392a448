"""Pictures are drawn without a screen and closed after each test."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _closed_pictures() -> Iterator[None]:
    from matplotlib import pyplot as plt

    yield
    plt.close("all")

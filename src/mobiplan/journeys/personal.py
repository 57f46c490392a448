"""What journeys cost one traveller: features, weights, and how sure the choice among them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobiplan.timetable.arrays import Float64

if TYPE_CHECKING:
    from mobiplan.traveller.traveller import Traveller


@dataclass(frozen=True, eq=False)
class Personal:
    """The journeys of a set as one traveller sees them.

    Attributes
    ----------
    traveller : Traveller
    names : tuple of str
        Features, in the order of the columns below; kinds of vehicle without a weight of their
        own all bear the name "riding".
    weights : (n_features,) float64
        Equivalent minutes per unit.
    amounts : (n_journeys, n_features) float64
        What each journey has of each feature.
    coverage : float
        Share of draws around the weights whose best journey of all is in the set, or is there
        less than an equivalent minute better than the best of the set.
    n_draws : int
    """

    traveller: Traveller
    names: tuple[str, ...]
    weights: Float64
    amounts: Float64
    coverage: float
    n_draws: int

    def contributions(self, row: int) -> dict[str, tuple[float, float, float]]:
        """Return feature -> (amount, weight, contribution) of a journey, in a fixed order."""
        found: dict[str, tuple[float, float, float]] = {}
        for name, weight, amount in zip(
            self.names, self.weights.tolist(), self.amounts[row].tolist(), strict=True
        ):
            before = found.get(name, (0.0, weight, 0.0))
            found[name] = (before[0] + amount, weight, before[2] + weight * amount)
        return found

    def cost(self, row: int) -> float:
        """Return a journey's cost in equivalent minutes: the sum of its contributions."""
        total = 0.0
        for _, _, contribution in self.contributions(row).values():
            total += contribution
        return total

    def features(self) -> dict[str, Float64]:
        """Return feature -> (n_journeys,) float64, what each journey has of it."""
        found: dict[str, Float64] = {}
        for name, amounts in zip(self.names, self.amounts.T, strict=True):
            found[name] = found[name] + amounts if name in found else amounts
        return found

    def part(self, rows: list[int]) -> Personal:
        """Return the same for some of the journeys."""
        return Personal(
            self.traveller,
            self.names,
            self.weights,
            self.amounts[rows],
            self.coverage,
            self.n_draws,
        )

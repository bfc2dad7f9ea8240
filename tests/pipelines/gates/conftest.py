"""The clean model, and flights that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from twotracks.pipelines import flights, model
from twotracks.pipelines.gates.validation import predictions_of
from twotracks.pipelines.statistics import Array, squared_error

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class March:
    """A model of the flights up to 15 March, and other flights of the fortnight that follows."""

    training: pd.DataFrame
    unseen: pd.DataFrame
    """The sample's 16 to 31 March, and the live flights of the same days."""
    model: model.Model
    predictions: pd.DataFrame
    """For every unseen flight."""
    gain: Array
    """By how much each is better than the base rate."""

    def draw(self, rng: np.random.Generator, n: int = 1082) -> pd.DataFrame:
        """Predictions for another March: n of the unseen flights."""
        return self.predictions.iloc[rng.choice(len(self.predictions), n, replace=False)]


@pytest.fixture(scope="session")
def march() -> March:
    rows = flights.until(flights.load(), 3, 31)
    training = flights.until(rows, 3, 15)
    unseen = pd.concat([rows.drop(training.index), flights.load_live()], ignore_index=True)
    fitted = model.fit(training, flights.is_late(training), "snapshot")
    predictions = predictions_of(unseen, fitted)
    late, said = predictions["late"].to_numpy(), predictions["probability"].to_numpy()
    gain = squared_error(late, fitted.base_rate) - squared_error(late, said)
    return March(training, unseen, fitted, predictions, gain)

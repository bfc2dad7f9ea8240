"""Scenarios: one named change to what the pipelines find, sent down both sides.

    with scenario("labels-shuffled"), record(on_failure="keep") as run:
        collect_data()
        train_model()
        validate_model()

`scenario.py` says what a scenario is; the files `*_changes.py` have them, a kind each; `sides.py`
runs one through software CI/CD alone and through the ML track; `users.py` measures what the users
of the service got; `produce.py` gives all runs as one text.
"""

from twotracks.pipelines.scenarios.catalogue import SCENARIOS, find_scenario, scenario
from twotracks.pipelines.scenarios.scenario import Scenario, calm_world

__all__ = ["SCENARIOS", "Scenario", "calm_world", "find_scenario", "scenario"]

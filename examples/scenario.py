"""Send a trouble down the ML track, and see which step notices.

Needs: pip install ".[pipelines]" in a clone of the project
"""

from twotracks import record
from twotracks.pipelines.ml import collect_data, train_model, validate_model
from twotracks.pipelines.scenarios import scenario

with scenario("labels-shuffled"), record(on_failure="keep") as run:
    collect_data()
    train_model()
    validate_model()

for step in run.steps:
    print(f"{step.action}: {step.outcome}")

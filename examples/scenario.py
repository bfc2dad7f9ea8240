# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "twotracks[pipelines] @ https://two-tracks.github.io/two-tracks/packages/twotracks-0.1.0-py3-none-any.whl",
# ]
# ///

"""Send a trouble down the ML track, and see which step notices."""

from twotracks import record
from twotracks.pipelines.ml import collect_data, train_model, validate_model
from twotracks.pipelines.scenarios import scenario

with scenario("labels-shuffled"), record(on_failure="keep") as run:
    collect_data()
    train_model()
    validate_model()

for step in run.steps:
    print(f"{step.action}: {step.outcome}")

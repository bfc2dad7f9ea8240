# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "twotracks[pipelines] @ https://two-tracks.github.io/two-tracks/packages/twotracks-0.1.0-py3-none-any.whl",
# ]
# ///

"""Run both pipelines once and print the run as JSON, for every page that speaks of it."""

from twotracks import record
from twotracks.pipelines.ml import (
    collect_data,
    deploy_model,
    monitor_model,
    train_model,
    validate_model,
)
from twotracks.pipelines.software import build, code_commit, deploy, test

with record() as run:
    code_commit()
    build()
    test()
    deploy()

    collect_data()
    train_model()
    validate_model()
    deploy_model()
    monitor_model()

print(run.to_json())

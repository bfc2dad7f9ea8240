# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "twotracks[pipelines] @ https://two-tracks.github.io/two-tracks/packages/twotracks-0.1.0-py3-none-any.whl",
# ]
# ///

"""Run both pipelines, print what happened, and draw it."""

import sys
from pathlib import Path

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
    # Software CI/CD steps
    code_commit()
    build()
    test()
    deploy()

    # ML CI/CD steps
    collect_data()
    train_model()
    validate_model()
    deploy_model()
    monitor_model()

print(run.process_table().to_string(index=False))
print()
print(run.status_tracker().to_string(index=False))

target = Path(sys.argv[1] if len(sys.argv) > 1 else "two_tracks.svg")
run.flow().write(target)
print(f"\nThe flow is in {target}")

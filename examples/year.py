"""Let the retraining policies live through the year and print what happened as JSON.

Needs: pip install ".[pipelines]" in a clone of the project
"""

from twotracks.pipelines.retraining import run_year

print(run_year().to_json(), end="")

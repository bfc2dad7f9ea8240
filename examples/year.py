# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "twotracks[pipelines] @ https://two-tracks.github.io/two-tracks/packages/twotracks-0.1.0-py3-none-any.whl",
# ]
# ///

"""Let the retraining policies live through the year and print what happened as JSON."""

from twotracks.pipelines.retraining import run_year

print(run_year().to_json(), end="")

"""The listed figures that were not found again, with what was found, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Left:
    """A figure that differs from the listed one."""

    found: str
    why: str


def _left(why: str, found: dict[tuple[str, str], str]) -> dict[tuple[str, str], Left]:
    return {figure: Left(value, why) for figure, value in found.items()}


LEFT: dict[tuple[str, str], Left] = {
    **_left(
        "the recipe does not say how the pixels were scaled; here they are divided by 16",
        {("8 digits", "rows better"): "22", ("8 digits", "rows worse"): "1"},
    ),
    **_left(
        "the recipe does not describe the forest; 10 to 500 trees were tried with either coding",
        {
            ("8 cancer", "points"): "-1.2",
            ("8 cancer", "low"): "-4.7",
            ("8 cancer", "high"): "2.3",
            ("8 cancer", "rows worse"): "6",
            ("8 cancer", "rows better"): "4",
        },
    ),
    **_left(
        "the forest is not described; 300 trees give .960 and take too long for a test of 50",
        {("14", "forest"): "0.963"},
    ),
    **_left(
        "the recipe names neither the walk's length nor the model",
        {("17 time", "at random"): "0.987", ("17 time", "in time"): "-0.597"},
    ),
    **_left(
        "the recipe names neither the row nor its batches",
        {("20", "among benign rows"): "0.052"},
    ),
    **_left(
        "the PSI of an empty bin depends on what it counts as: the listed 4.71 and 7.54 are those "
        "of a floor of 0.0001, and `statistics.psi` takes half a row",
        {("28 smoothness", "psi"): "3.32", ("28 error", "psi"): "4.76"},
    ),
    **_left(
        "the recipe does not say how often each item is shown before the first choice; here once",
        {("34", "shown more"): "401", ("34", "shown less"): "1"},
    ),
    **_left(
        "the recipe gives neither the world nor its noise: a rule that turns by 0.045 a day, 10% "
        "of the answers turned round, 500 rows a day",
        {
            ("35", "never: mean"): "0.716",
            ("35", "never: lowest"): "0.546",
            ("35", "weekly: mean"): "0.850",
            ("35", "below 0.85: mean"): "0.861",
            ("35", "below 0.85: retrained"): "7",
            ("35", "daily: mean"): "0.876",
        },
    ),
    **_left(
        "the recipe gives no world: a rule that turns by 0.09 a step, 10% of the answers turned",
        {
            ("36", "age 0"): "0.894",
            ("36", "age 2"): "0.867",
            ("36", "age 4"): "0.819",
            ("36", "age 6"): "0.756",
            ("36", "age 8"): "0.720",
            ("36", "age 10"): "0.665",
        },
    ),
    **_left(
        "the recipe does not say on which rows the log-loss is taken; here on the 171 test rows",
        {("40", "not needed"): "12", ("40", "the noise changes it by"): "0.00040"},
    ),
    **_left(
        "the recipe does not say how the rows are drawn; here anew for each share, with seed 0",
        {
            ("42 labels", "10%"): "0.859",
            ("42 labels", "20%"): "0.797",
            ("42 labels", "30%"): "0.609",
        },
    ),
    **_left(
        "the recipe describes neither the trigger nor its label; here a bright corner says 8",
        {("42 door", "poisoned"): "0.993"},
    ),
}

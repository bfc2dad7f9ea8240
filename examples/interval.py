# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///

"""How far the true accuracy may be from the one that was measured."""

from __future__ import annotations

from math import sqrt


# --8<-- [start:wilson]
def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of a share, `right` of `n` (Wilson, 1927)."""
    share = right / n
    middle = share + z**2 / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return (middle - spread) / (1 + z**2 / n), (middle + spread) / (1 + z**2 / n)


# --8<-- [end:wilson]

# --8<-- [start:use]
for n in (100, 10_000):
    low, high = wilson(round(0.87 * n), n)
    print(f"accuracy 0.870, n={n:,}: between {low:.3f} and {high:.3f}")
# --8<-- [end:use]

"""Gates: each is a plain function from what a step found to a verdict with its figures.

`verdict` is what a gate says; the other files have the gates, a subject each.
"""

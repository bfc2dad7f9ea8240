"""Tests of the built site, in a real browser."""  # noqa: A005

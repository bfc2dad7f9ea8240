"""Errors say what, where and what to do."""

from __future__ import annotations

import pytest

from twotracks.errors import MissingPackages, TwoTracksError, did_you_mean, require


def test_an_error_says_what_where_and_what_to_do() -> None:
    assert str(TwoTracksError("it broke")) == "it broke"
    assert str(TwoTracksError("it broke", where="a.md:3", fix="Mend it.")) == (
        "a.md:3: it broke\n  Mend it."
    )


def test_a_missing_package_names_the_extra() -> None:
    require("pipelines", "json", "os")
    with pytest.raises(
        MissingPackages, match=r"(?s)no_such_thing is not installed.*twotracks\[x\]"
    ):
        require("x", "json", "no_such_thing")
    assert issubclass(MissingPackages, ImportError)


def test_the_near_word_comes_first() -> None:
    assert did_you_mean("Modle", ["Code", "Model"]).startswith("did you mean 'Model'?")
    assert did_you_mean("zzz", ["Code"]) == "There are: Code"
    assert did_you_mean("zzz", []) == "There are none"

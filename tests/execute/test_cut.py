from __future__ import annotations

import pytest

from twotracks.execute.cut import CHARACTERS, LINES, gap, notice


def shown(text: str) -> tuple[str, str]:
    place = gap(text)
    assert place
    return text[: place[0]], text[place[1] :]


def test_text_of_a_readable_length_is_not_cut() -> None:
    assert gap("") is None
    assert gap("x" * CHARACTERS) is None
    assert gap("\n".join("x" * LINES)) is None


@pytest.mark.parametrize(
    ("text", "beginning", "ending"),
    [
        ("\n".join(map(str, range(1_000))), "198\n199", "800\n801"),
        ("y" * 100_000, "y" * 100, "y" * 100),
        ("\n".join(["z" * 3_000] * 100), "z\n" + "z" * 3_000, "z" * 3_000 + "\nz"),
    ],
)
def test_the_beginning_and_the_end_stay(text: str, beginning: str, ending: str) -> None:
    first, last = shown(text)
    assert first.endswith(beginning)
    assert last.startswith(ending)
    assert len(first) + len(last) <= CHARACTERS
    assert first.count("\n") + last.count("\n") < LINES


def test_the_notice_counts_what_is_left_out() -> None:
    assert notice("\na\nb\n").startswith("[2 lines are left out")
    assert notice("\na\n").startswith("[1 line is left out")
    assert notice("a" * 1_200).startswith("[1,200 characters are left out")

from __future__ import annotations

import pytest

from twotracks.execute.terminal import Style, part, plain, settled, styled


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\nb\n", "a\nb\n"),
        ("10%\r100%", "100%"),
        ("10%\r100%\r", "100%"),
        ("\r10%\n\r100%\n", "10%\n100%\n"),
        ("a\r\nb\r\r\n", "a\nb\n"),
        ("|\b/\b-\bok", "ok"),
        ("\b\ba\n\bb", "a\nb"),
        ("\x1b[31ma\bb", "\x1b[31mb"),
    ],
)
def test_a_line_that_begins_again_replaces_itself(text: str, left: str) -> None:
    assert settled(text) == left


@pytest.mark.parametrize(
    ("escape", "style"),
    [
        ("\x1b[31m", Style("red")),
        ("\x1b[92m", Style("green")),
        ("\x1b[1;4;33m", Style("yellow", bold=True, underline=True)),
        ("\x1b[1m\x1b[22;34m", Style("blue")),
        ("\x1b[41;30m", Style("black", "red")),
        ("\x1b[101m", Style(back="red")),
        ("\x1b[7m", Style(inverse=True)),
        ("\x1b[31m\x1b[39;49m", Style()),
        ("\x1b[31m\x1b[m", Style()),
        ("\x1b[38;5;9m", Style("red")),
        ("\x1b[38;5;208m", Style("yellow")),
        ("\x1b[38;5;21;1m", Style("blue", bold=True)),
        ("\x1b[48;5;250m", Style(back="white")),
        ("\x1b[38;2;255;0;255m", Style("magenta")),
        ("\x1b[38;2;10;10;10m", Style("black")),
        ("\x1b[38;5;999m", Style()),
        ("\x1b[38m", Style()),
        ("\x1b[38:5:9m", Style()),
        (f"\x1b[{'9' * 5_000}m", Style()),
    ],
)
def test_an_escape_sets_how_text_looks(escape: str, style: Style) -> None:
    assert styled(f"{escape}text") == [(style, "text")]


@pytest.mark.parametrize(
    "escape",
    [
        "\x1b[2K",
        "\x1b[1A",
        "\x1b[?25l",
        "\x1b]8;;https://a.b\x1b\\",
        "\x1b]0;title\x07",
        "\x1b(B",
        "\x1b",
        "\x00",
    ],
)
def test_whatever_else_steers_a_terminal_is_left_out(escape: str) -> None:
    assert plain(f"a{escape}é") == "aé"


def test_a_part_keeps_its_styles() -> None:
    runs = styled("ab\x1b[31mcd\x1b[0mef")
    assert part(runs, 1, 3) == [(Style(), "b"), (Style("red"), "c")]
    assert part(runs, 4, 6) == [(Style(), "ef")]


def test_a_million_characters_take_no_time() -> None:
    for text in (
        "x" * 500_000 + "\b" * 500_000,
        "x\r" * 500_000,
        "\x1b[" * 500_000,
        "\x1b]" * 500_000,
    ):
        assert len(plain(text)) <= 500_000

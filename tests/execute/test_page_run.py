from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twotracks.execute import CellFailed, PageRecord
from twotracks.execute.outputs import Bundle, Raised, Stream

if TYPE_CHECKING:
    from collections.abc import Callable


def failure(run: Callable[..., Any], text: str, **settings: object) -> str:
    with pytest.raises(CellFailed) as error:
        run(text, **settings)
    return str(error.value)


def test_the_cells_of_a_page_share_a_namespace_and_pages_do_not(run: Callable[..., Any]) -> None:
    record = run("""
        ```python exec
        x = 41
        ```
        `{python} x:05.1f`
        ```python exec
        x + 1
        ```
        """)
    assert record.cells[1].outputs == (Bundle({"text/plain": "42"}, result=True),)
    assert record.inlines[0].value == "041.0"
    assert "NameError" in failure(run, "`{python} x`\n")


def test_a_page_is_a_real_main_module(shown: Callable[..., Any]) -> None:
    (output,) = shown("""
        from __future__ import annotations
        import inspect, pickle, sys, os
        from dataclasses import dataclass

        @dataclass
        class Point:
            x: int

        assert pickle.loads(pickle.dumps(Point(3))) == Point(3)
        assert inspect.getsource(Point).startswith("@dataclass\\nclass Point:")
        assert Point.__annotations__ == {"x": "int"}
        assert sys.modules["__main__"].Point is Point and __name__ == "__main__"
        (os.environ["PYTHONHASHSEED"], os.environ["TZ"], os.environ["OMP_NUM_THREADS"])
        """)
    assert output.data["text/plain"] == "('0', 'UTC', '1')"


def test_the_engines_future_imports_are_not_the_cells(shown: Callable[..., Any]) -> None:
    (output,) = shown("def f(x: int): ...\nf.__annotations__['x'] is int")
    assert output.data["text/plain"] == "True"


def test_cells_run_in_the_projects_folder_with_temporary_files_of_their_own(
    shown: Callable[..., Any], tmp_path: Path
) -> None:
    (output,) = shown("import os, tempfile\nprint(os.getcwd())\nprint(tempfile.mkdtemp())")
    folder, temporary = output.text.split()
    assert folder == str(tmp_path)
    assert not Path(temporary).exists()
    assert list(tmp_path.iterdir()) == []


def test_what_is_printed_keeps_its_order(shown: Callable[..., Any]) -> None:
    outputs = shown("""
        import os, subprocess, sys
        print("one")
        print("two", file=sys.stderr)
        subprocess.run(["echo", "three"])
        sys.stdout.buffer.write("four\\n".encode())
        display(5)
        os.write(2, b"six\\n")
        print("seven")
        """)
    assert outputs == (
        Stream("stdout", "one\n"),
        Stream("stderr", "two\n"),
        Stream("stdout", "three\nfour\n"),
        Bundle({"text/plain": "5"}),
        Stream("stderr", "six\n"),
        Stream("stdout", "seven\n"),
    )


def test_an_error_names_the_line_and_shows_it_without_the_engine(run: Callable[..., Any]) -> None:
    text = failure(
        run,
        """
        ```python exec
        def half(x):
            return 1 / x
        ```

        ```python exec
        a = 0
        half(a)
        b = 1
        ```
        """,
    )
    assert text == (
        "docs/page.md:9: ZeroDivisionError: division by zero\n\n"
        "      8 | a = 0\n"
        "  ->  9 | half(a)\n"
        "     10 | b = 1\n\n"
        "Traceback (most recent call last):\n"
        '  File "docs/page.md", line 9, in <module>\n'
        "    half(a)\n"
        '  File "docs/page.md", line 4, in half\n'
        "    return 1 / x\n"
        "           ~~^~~\n"
        "ZeroDivisionError: division by zero"
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\ny = (", "docs/page.md:3: SyntaxError: '(' was never closed"),
        ("x = 1\nraise SystemExit(3)", "docs/page.md:3: the cell ends its process: SystemExit: 3"),
        ("import os\nos._exit(7)", "docs/page.md:2: the process ended with exit status 7"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
        ("class A:\n    def _repr_html_(self): return 1 / 0\nA()", "docs/page.md:3: ZeroDiv"),
        ("print(1)\nfrom fractions import *\nFraction(1) / 0", "docs/page.md:4: ZeroDivisionError"),
        ("raise KeyError", "docs/page.md:2: KeyError"),
        ("while True: print('x' * 1000)", "printed more than 1,000,000 characters"),
        ("import subprocess\nsubprocess.run(['yes'])", "docs/page.md:2: it printed more than 64"),
    ],
)
def test_every_way_to_fail_is_an_error_with_its_line(
    run: Callable[..., Any], source: str, message: str
) -> None:
    assert message in failure(run, f"```python exec\n{source}\n```\n")


def test_an_object_that_cannot_show_itself_fails_where_it_is_shown(run: Callable[..., Any]) -> None:
    text = failure(
        run,
        """
        ```python exec
        class A:
            def __repr__(self): return 1 / 0
        ```
        ```python exec
        print("shown before")
        A()
        ```
        """,
    )
    assert text.startswith("docs/page.md:8: ZeroDivisionError")
    assert "line 4, in __repr__" in text


def test_an_error_in_an_inline_value_has_its_line(run: Callable[..., Any]) -> None:
    assert failure(run, "text\n\nand `{python} 1 / 0`\n").startswith("docs/page.md:3: ZeroDivision")
    assert "docs/page.md:1: SyntaxError" in failure(run, "`{python} 1 +`\n")
    assert "one expression" in failure(run, "`{python} 1} and {2`\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2, 3][1:]", "[2, 3]"),
        ('{"a": 0.5}["a"]:.0%', "50%"),
        ("(lambda x: x + 1)(1)", "2"),
        ("12345:,", "12,345"),
        ("'a'!r:>5", "  'a'"),
        ("object()", "<object object at 0x...>"),
    ],
)
def test_an_inline_value_is_a_replacement_field(
    run: Callable[..., Any], text: str, value: str
) -> None:
    assert run(f"`{{python}} {text}`\n").inlines[0].value == value


def test_one_expression_with_two_values_is_an_error(run: Callable[..., Any]) -> None:
    text = failure(
        run,
        "```python exec\nn = 1\n```\n`{python} n`\n```python exec\nn = 2\n```\n`{python} n`\n",
    )
    assert text.startswith("docs/page.md:8: 'n' is 2 here and 1 at line 4")


def test_an_expected_exception_must_happen(run: Callable[..., Any]) -> None:
    record = run('```python exec expect="ValueError"\nprint(1)\nint("x")\n```\n`{python} 1`\n')
    assert record.cells[0].outputs == (
        Stream("stdout", "1\n"),
        Raised("ValueError", "invalid literal for int() with base 10: 'x'"),
    )
    assert record.inlines[0].value == "1"
    base = run('```python exec expect="LookupError"\n{}["a"]\n```\n')
    assert base.cells[0].outputs == (Raised("KeyError", "'a'"),)
    none = failure(run, '```python exec expect="ValueError"\nint("1")\n```\n')
    assert none.startswith("docs/page.md:2: expected ValueError, and nothing was raised")
    other = failure(run, '```python exec expect="ValueError"\n1 / 0\n```\n')
    assert other.startswith("docs/page.md:2: ZeroDivisionError")


def test_a_page_that_does_not_end_is_ended(run: Callable[..., Any]) -> None:
    text = failure(
        run, "```python exec\nx = 1\n```\n```python exec\nwhile x: pass\n```\n", timeout=1
    )
    assert text.startswith("docs/page.md:5: it was still running after 1 s")


def test_children_and_threads_end_with_the_page(shown: Callable[..., Any]) -> None:
    begin = time.monotonic()
    (output,) = shown("""
        import subprocess, sys, threading, time
        threading.Thread(target=time.sleep, args=(60,)).start()
        print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid)
        """)
    assert time.monotonic() - begin < 10
    deadline = time.monotonic() + 5
    while _lives(int(output.text)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(int(output.text))


def _lives(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    if not status.parent.parent.joinpath("self").exists():
        pytest.skip("no /proc")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_record_goes_to_json_and_back(run: Callable[..., Any]) -> None:
    record = run(
        '`{python} 1`\n```python exec expect="ValueError"\nprint(1)\ndisplay(2)\nint("")\n```\n'
    )
    assert PageRecord.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_sessions_share_a_page_and_no_names(run: Callable[..., Any]) -> None:
    record = run("""
        ```python exec
        from __future__ import annotations
        x = 1
        ```
        ```python exec session="other"
        import sys
        assert "x" not in globals() and sys.modules["__main__"].sys is sys
        x = 2
        def f(a: int): ...
        f.__annotations__["a"]
        ```
        ```python exec
        x
        ```
        ```python exec session="other"
        x
        ```
        `{python} x`
        """)
    shown = [cell.outputs[0].data["text/plain"] for cell in record.cells[1:]]
    assert shown == ["int", "1", "2"]
    assert record.inlines[0].value == "1"


def test_a_cell_may_have_a_time_of_its_own(run: Callable[..., Any]) -> None:
    text = """
        ```python exec timeout="0.4"
        import time
        def wait():
            while True:
                time.sleep(0.01)
        wait()
        ```
        """
    begin = time.perf_counter()
    message = failure(run, text)
    assert message.startswith("docs/page.md:6: it was still running after 0.4 s")
    assert time.perf_counter() - begin < 30
    # Its time is not the page's, and what comes after it is not cut short.
    text = """
        ```python exec timeout="20"
        import time
        time.sleep(1.2)
        ```
        ```python exec timeout="0.9"
        pass
        ```
        ```python exec
        time.sleep(1.2)
        ```
        """
    assert len(run(text, timeout=1.5).cells) == 3


def test_a_cell_from_a_file_is_named_by_its_own_lines(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "examples"
    folder.mkdir()
    (folder / "area.py").write_text(
        "import warnings\n# [start:a]\nx = 3\n# [end:a]\n\n# [start:b]\n\n\nx / 0\n# [end:b]\n"
    )
    both = """\
```python exec file="examples/area.py" region="a"
```
```python exec
x
```
"""
    assert run(both).cells[1].outputs[0].data["text/plain"] == "3"
    message = failure(run, both + '```python exec file="examples/area.py" region="b"\n```\n')
    assert message.startswith("examples/area.py:9: ZeroDivisionError")
    assert "->  9 | x / 0" in message
    assert "takes it from there: docs/page.md:" in message
    assert 'File "examples/area.py", line 9' in message


def test_a_page_whose_time_is_up_says_where_it_was(run: Callable[..., Any]) -> None:
    text = """
        ```python exec
        def wait():
            n = 0
            while True:
                n += 1

        wait()
        ```
        """
    message = failure(run, text, timeout=1)
    assert re.match(r"docs/page\.md:[56]: it was still running after 1 s", message)
    assert 'File "docs/page.md", line 8 in <module>' in message
    assert "twotracks" not in message


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="there it works")
def test_a_backslash_in_a_value_is_named(run: Callable[..., Any]) -> None:
    message = failure(run, 'Text `{python} "a\\nb"`\n')
    assert message.startswith("docs/page.md:1: SyntaxError: an inline value has no backslash")

"""What a cell showed, in the form that notebooks keep it in."""

from __future__ import annotations

from typing import Any

from twotracks.errors import require
from twotracks.execute.outputs import Output, Raised, Stream


def to_nbformat(output: Output, count: int) -> Any:
    """An output as a node of nbformat.

    Args:
        output: What was shown.
        count: The execution count of its cell.

    Raises:
        MissingPackages: nbformat is not installed.
    """
    require("engine", "nbformat")
    import nbformat  # noqa: PLC0415 - slow, and only who wants notebooks needs it

    v4: Any = nbformat.v4
    if isinstance(output, Stream):
        return v4.new_output("stream", name=output.name, text=output.text)
    if isinstance(output, Raised):
        line = f"{output.name}: {output.text}"
        return v4.new_output("error", ename=output.name, evalue=output.text, traceback=[line])
    forms = {"data": dict(output.data), "metadata": dict(output.metadata)}
    if output.result:
        return v4.new_output("execute_result", execution_count=count, **forms)
    return v4.new_output("display_data", **forms)

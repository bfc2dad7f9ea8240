"""What a cell showed, in the form 4.5 of nbformat, as plain data.

Not by nbformat itself, which takes longer to import than a page to write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twotracks.execute.outputs import Raised, Stream

if TYPE_CHECKING:
    from twotracks.execute.outputs import Output


def to_nbformat(output: Output, count: int) -> dict[str, Any]:
    """An output as a notebook keeps it.

    Args:
        output: What was shown.
        count: The execution count of its cell.
    """
    if isinstance(output, Stream):
        return {"output_type": "stream", "name": output.name, "text": output.text}
    if isinstance(output, Raised):
        return {
            "output_type": "error",
            "ename": output.name,
            "evalue": output.text,
            "traceback": [f"{output.name}: {output.text}"],
        }
    forms = {"data": dict(output.data), "metadata": dict(output.metadata)}
    if output.result:
        return {"output_type": "execute_result", "execution_count": count, **forms}
    return {"output_type": "display_data", **forms}

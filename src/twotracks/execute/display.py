"""An object in all the forms in which it shows itself, as a notebook asks for them."""

from __future__ import annotations

import base64
import importlib
import io
import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from twotracks.errors import TwoTracksError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

_METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "text/latex": "_repr_latex_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "application/json": "_repr_json_",
}
_ADDRESS = re.compile(r"\bat 0x[0-9A-Fa-f]+")
# The random id of a pandas Styler, in its table, its cells and its style sheet.
_STYLER = re.compile(r"\bT_[0-9a-f]{5}(?=[_\"'\s{])")
# What `tempfile` makes: a prefix that ends in a dash, or `tmp`, and eight random characters.
_RANDOM_NAME = r"(?:/(?:tmp|[\w.-]*-)[a-z0-9_]{8})?"

Formatters = dict[str, str]


def normalised(text: str, temporary: str = "") -> str:
    """The text without what differs from run to run.

    That is object addresses, random element ids, and the temporary folder (that of this process,
    if no other is given) with what `tempfile` makes in it.

    >>> normalised("<Run object at 0x7f0c1d2e3f40>")
    '<Run object at 0x...>'
    """
    folder = temporary or os.environ.get("TMPDIR")
    if folder:
        text = re.sub(re.escape(folder) + _RANDOM_NAME, "/tmp/...", text)  # noqa: S108 - a name
    return _STYLER.sub("T_style", _ADDRESS.sub("at 0x...", text))


def bundle(value: object, formatters: Formatters) -> dict[str, Any]:
    """All forms of an object, by MIME type.

    Args:
        value: Any object.
        formatters: Functions that give the HTML of a type instead of the object itself:
            `{"pandas.DataFrame": "package.module:function"}`.

    Raises:
        TwoTracksError: A formatter that is not there.
        Exception: Whatever the object's own methods raise.
    """
    format_html = _formatter(type(value), formatters)
    if format_html:
        data: dict[str, Any] = {"text/html": format_html(value)}
    elif _is_figure(value):
        data = {"image/svg+xml": _figure_svg(value)}
    else:
        data = _own_bundle(value)
        data |= _own_methods(value, _METHODS.keys() - data.keys())
    if "text/plain" not in data:
        data["text/plain"] = repr(value)
    return {mime: _plain(mime, form) for mime, form in data.items() if form is not None}


def _own_bundle(value: object) -> dict[str, Any]:
    method = _method(value, "_repr_mimebundle_")
    found = method(include=None, exclude=None) if method else None
    # An object may add metadata, as the second of two.
    return dict((found[0] if isinstance(found, tuple) else found) or {})


def _own_methods(value: object, wanted: AbstractSet[str]) -> dict[str, Any]:
    data = {}
    for mime, name in _METHODS.items():
        method = _method(value, name) if mime in wanted else None
        if method is None:
            continue
        try:
            form = method()
        except NotImplementedError:
            continue  # how an object says that it has no such form
        data[mime] = form[0] if isinstance(form, tuple) else form
    return data


def _method(value: object, name: str) -> Callable[..., Any] | None:
    # Asked of the type: a class is no instance of itself, and a mock has every attribute.
    if isinstance(value, type) or not hasattr(type(value), name):
        return None
    return getattr(value, name, None)


def _plain(mime: str, form: Any) -> Any:
    if isinstance(form, bytes):
        return base64.b64encode(form).decode()
    if isinstance(form, str):
        return normalised(form) if mime.startswith("text/") else form
    return json.loads(json.dumps(form))  # what is no JSON fails here, where its cell is known


def _formatter(kind: type, formatters: Formatters) -> Callable[[object], str] | None:
    """The function for a type or the nearest of its bases.

    A type is named as a user imports it, so only the first and the last part of its name count:
    `pandas.DataFrame` may live in `pandas.core.frame`.
    """
    by_ends = {(name.split(".")[0], name.rsplit(".", 1)[-1]): name for name in formatters}
    for base in kind.__mro__:
        name = by_ends.get((base.__module__.split(".")[0], base.__qualname__))
        if name:
            return load(formatters[name], f"formatter of {name}")
    return None


def load(target: str, what: str) -> Callable[..., Any]:
    """The function that `package.module:function` names.

    Raises:
        TwoTracksError: There is no such function.
    """
    module_name, _, name = target.partition(":")
    module = importlib.import_module(module_name)
    function = getattr(module, name, None)
    if not callable(function):
        near = did_you_mean(name, [known for known in vars(module) if not known.startswith("_")])
        raise TwoTracksError(f"{what}: {module_name} has no function {name!r}", fix=near)
    found: Callable[..., Any] = function
    return found


def _is_figure(value: object) -> bool:
    module = sys.modules.get("matplotlib.figure")
    return module is not None and isinstance(value, module.Figure)


def _figure_svg(figure: Any) -> str:
    mpl: Any = sys.modules["matplotlib"]
    target = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "twotracks", "svg.fonttype": "path"}):
        figure.savefig(target, format="svg", bbox_inches="tight", metadata={"Date": None})
    return target.getvalue()


def open_figures() -> list[Any]:
    """The figures that pyplot holds open; it closes them. Nothing if pyplot is not in use."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    pyplot.close("all")
    return figures

"""An object in all the forms in which it shows itself, as a notebook asks for them."""

from __future__ import annotations

import base64
import importlib
import inspect
import io
import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from twotracks.errors import TwoTracksError, did_you_mean
from twotracks.execute.outputs import Bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

# The methods that IPython's formatters look for.
_METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "text/latex": "_repr_latex_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "application/pdf": "_repr_pdf_",
    "application/json": "_repr_json_",
    "application/javascript": "_repr_javascript_",
}
# What no object has: one that has it has every attribute.
_CANARY = "_ipython_canary_method_should_not_exist_"
# What these print as is no other in a notebook, and so needs no IPython.
_SCALARS = frozenset({bool, bytes, complex, float, int, str})
_ADDRESS = re.compile(r"\bat 0x[0-9A-Fa-f]+")
# The random id of a pandas Styler, in its table, its cells and its style sheet.
_STYLER = re.compile(r"\bT_[0-9a-f]{5}(?=[_\"'\s{])")
# What `tempfile` makes: a prefix that ends in a dash, or `tmp`, and eight random characters.
_RANDOM_NAME = r"(?:/(?:tmp|[\w.-]*-)[a-z0-9_]{8})?"

# Forms that are text though their name does not say so.
_TEXTS = frozenset({"image/svg+xml", "application/javascript"})

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


def bundle(
    value: object,
    formatters: Formatters,
    *,
    include: AbstractSet[str] | None = None,
    exclude: AbstractSet[str] = frozenset(),
) -> Bundle | None:
    """All forms of an object.

    Args:
        value: Any object.
        formatters: Functions that give the HTML of a type instead of the object itself:
            `{"pandas.DataFrame": "package.module:function"}`.
        include: The MIME types that are wanted, or None for all.
        exclude: Those that are not.

    Returns:
        None if the object has displayed itself in its own way, or has no such form.

    Raises:
        TwoTracksError: A formatter that is not there; a form that is no text.
        Exception: Whatever the object's own methods raise.
    """
    if _displays_itself(value):
        return None
    format_html = _formatter(type(value), formatters)
    if format_html:
        forms: dict[str, Any] = {"text/html": format_html(value)}
    elif _is_figure(value):
        forms = {"image/svg+xml": _figure_svg(value)}
    else:
        forms = _own_bundle(value)
        forms |= _own_methods(value, _METHODS.keys() - forms.keys())
    if "text/plain" not in forms:
        forms["text/plain"] = _pretty(value)
    wanted = forms.keys() if include is None else forms.keys() & include
    shown = raw_bundle({mime: forms[mime] for mime in forms if mime in wanted - exclude})
    return shown if shown.data else None


def raw_bundle(forms: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> Bundle:
    """The record of forms by MIME type, each of which may have its metadata as the second of two.

    Raises:
        TwoTracksError: A form that should be text and is none.
    """
    data, about = {}, dict(metadata or {})
    for mime, given in forms.items():
        form, facts = given if isinstance(given, tuple) and len(given) == 2 else (given, None)  # noqa: PLR2004
        if form is None:
            continue
        data[mime] = _plain(mime, form)
        if facts:
            about[mime] = facts
    return Bundle(data, metadata=json.loads(json.dumps(about)))


def _pretty(value: object) -> str:
    """The text of an object, as IPython lays it out where there is one."""
    if type(value) in _SCALARS:
        return repr(value)
    try:
        from IPython.lib import pretty  # noqa: PLC0415 - slow, and a page may not need it
    except ImportError:
        return repr(value)
    layout: Callable[[object], str] = pretty.pretty
    return layout(value)


def _displays_itself(value: object) -> bool:
    method = _method(value, "_ipython_display_")
    if method is None:
        return False
    try:
        method()
    except NotImplementedError:
        return False
    return True


def _own_bundle(value: object) -> dict[str, Any]:
    method = _method(value, "_repr_mimebundle_")
    try:
        found = method(include=None, exclude=None) if method else None
    except NotImplementedError:
        return {}
    data, metadata = found if isinstance(found, tuple) else (found, None)
    about = metadata or {}
    return {mime: (form, about.get(mime)) for mime, form in (data or {}).items()}


def _own_methods(value: object, wanted: AbstractSet[str]) -> dict[str, Any]:
    forms = {}
    for mime, name in _METHODS.items():
        method = _method(value, name) if mime in wanted else None
        if method is None:
            continue
        try:
            forms[mime] = method()
        except NotImplementedError:
            continue  # how an object says that it has no such form
    return forms


def _method(value: object, name: str) -> Callable[..., Any] | None:
    """A method of the object, as IPython looks for it."""
    if getattr(value, _CANARY, None) is not None:  # a mock, or a proxy of anything
        return None
    method = getattr(value, name, None)
    if isinstance(value, type) and not inspect.ismethod(method):
        return None  # a class is no instance of itself
    return method if callable(method) else None


def _plain(mime: str, form: Any) -> Any:
    if isinstance(form, bytes):
        return base64.b64encode(form).decode()
    if isinstance(form, str):
        return normalised(form) if mime.startswith("text/") or mime in _TEXTS else form
    if mime.startswith("text/"):
        raise TwoTracksError(f"the {mime} of an object is {type(form).__name__}, and no text")
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

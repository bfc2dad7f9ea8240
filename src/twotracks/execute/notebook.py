"""What code expects of the notebook that it runs in: `display`, `clear_output`, `plt.show`.

The functions here stand in for IPython's wherever code has them from, and act on the page of this
process. `adopt` comes before whatever could import the originals: in the process that pages are
forked from, or in a page's own.
"""

from __future__ import annotations

import builtins
import warnings
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from twotracks.errors import TwoTracksError
from twotracks.execute import display as forms
from twotracks.execute.imports import when_imported
from twotracks.execute.preload import is_own

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from twotracks.execute.capture import Recorder
    from twotracks.execute.outputs import Bundle

# How many columns of a table a notebook shows; pandas takes a page for a terminal.
_COLUMNS = 20


class Screen:
    """Where the cells of a page show objects.

    Args:
        recorder: Collects what is shown.
        formatters: Functions that give the HTML of a type, as `display.bundle` takes them.
    """

    def __init__(self, recorder: Recorder, formatters: forms.Formatters) -> None:
        self.recorder = recorder
        self.formatters = formatters
        self._shown: list[object] = []
        self._names = 0

    def install(self) -> None:
        """Make this the screen of the process."""
        _screens.append(self)
        vars(builtins)["display"] = display

    def result(self, value: object) -> None:
        """Show the value of a cell's last expression."""
        self._shown.append(value)
        shown = forms.bundle(value, self.formatters)
        if shown:
            self.recorder.add(replace(shown, result=True))

    def show(
        self,
        value: object,
        *,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        name: str = "",
        update: bool = False,
    ) -> None:
        """Show an object in the middle of a cell."""
        self._shown.append(value)
        shown = forms.bundle(
            value,
            self.formatters,
            include=None if include is None else frozenset(include),
            exclude=frozenset(exclude or ()),
        )
        if shown:
            self.put(replace(shown, metadata=_merged(shown.metadata, metadata or {})), name, update)

    def put(self, bundle: Bundle, name: str = "", update: bool = False) -> None:  # noqa: FBT001, FBT002
        """Record a bundle, or put it in the place of those of its name.

        Raises:
            TwoTracksError: There is nothing of this name in the cell.
        """
        if not update:
            self.recorder.add(bundle, name)
        elif not self.recorder.replace(name, bundle):
            raise TwoTracksError(
                f"this cell has displayed nothing of the id {name!r}",
                fix="Display it and update it in one cell.",
            )

    def new_name(self) -> str:
        """A name that no output of the page has."""
        self._names += 1
        return f"display-{self._names}"

    def show_figures(self) -> None:
        """Show the figures that pyplot holds open, and close them."""
        for figure in forms.open_figures():
            if not any(figure is shown for shown in self._shown):
                self.show(figure)

    def end_cell(self) -> None:
        """Show what a notebook shows when a cell has ended."""
        self.show_figures()
        self._shown.clear()


def _merged(known: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Both metadata; what is said of one form is added to what it says itself."""
    merged = {**known, **more}
    for mime in known.keys() & more.keys():
        if isinstance(known[mime], dict) and isinstance(more[mime], dict):
            merged[mime] = {**known[mime], **more[mime]}
    return merged


_screens: list[Screen] = []


@cache
def adopt() -> None:
    """Let what is imported from now on, or has been already, be as in a notebook."""
    when_imported(
        {
            "IPython.core.display_functions": _adopt_ipython,
            "matplotlib.pyplot": _adopt_pyplot,
            "pandas": lambda pandas: pandas.set_option("display.max_columns", _COLUMNS),
        }
    )


def what_displays(root: Path) -> list[str]:
    """The modules that lay out what pages show, if they are installed and not the project's."""
    spec = find_spec("IPython")
    is_there = spec and spec.origin and not is_own(spec.origin, root)
    return ["IPython.lib.pretty"] if is_there else []


def _adopt_ipython(module: Any) -> None:
    module.display = display
    module.publish_display_data = publish_display_data
    module.clear_output = clear_output


def _adopt_pyplot(module: Any) -> None:
    module.show = show_figures
    # A figure's own `show` has nothing to do: it is shown when its cell ends.
    warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")


def display(
    *values: Any,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    display_id: str | bool = False,
    raw: bool = False,
    clear: bool = False,
    update: bool = False,
    **_rest: Any,
) -> Any:
    """Show objects in their richest form, in the middle of a cell.

    Args:
        values: The objects; with `raw`, forms by MIME type.
        include: The MIME types that are wanted, or None for all.
        exclude: Those that are not.
        metadata: What there is to say of the forms, by MIME type.
        display_id: A name by which the output can be updated; True for a new one.
        raw: The objects are forms already.
        clear: Take away what the cell has shown when this comes.
        update: Put it in the place of what has this name.

    Returns:
        A handle for updates if there is a name.
    """
    screen = _screens[-1]
    name = screen.new_name() if display_id is True else display_id or ""
    if clear:
        clear_output(wait=True)
    if name and not values:  # a place to be filled later
        values, raw = ({},), True
    for value in values:
        if raw:
            publish_display_data(value, metadata, transient={"display_id": name}, update=update)
        else:
            screen.show(
                value,
                include=include,
                exclude=exclude,
                metadata=metadata,
                name=name,
                update=update,
            )
    if not name:
        return None
    from IPython import display as originals  # noqa: PLC0415 - slow, and seldom needed

    handle: Any = originals.DisplayHandle
    return handle(name)


def publish_display_data(
    data: Mapping[str, Any],
    metadata: Mapping[str, Any] | None = None,
    *,
    transient: Mapping[str, Any] | None = None,
    update: bool = False,
    **_rest: Any,
) -> None:
    """Show forms by MIME type: what libraries call."""
    name = (transient or {}).get("display_id") or ""
    _screens[-1].put(forms.raw_bundle(data, metadata), name, update)


def clear_output(wait: bool = False) -> None:  # noqa: FBT001, FBT002 - as IPython has it
    """Take away what the cell has shown so far; with `wait`, when the next output comes."""
    _screens[-1].recorder.clear(wait=wait)


def show_figures(*_arguments: Any, **_options: Any) -> None:
    """What `plt.show()` does on a page."""
    _screens[-1].show_figures()

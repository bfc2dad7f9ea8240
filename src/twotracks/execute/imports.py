"""Do something to a module once it has been imported, whoever imports it and whenever."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def when_imported(adopt: Mapping[str, Callable[[Any], None]]) -> None:
    """Call a function with each of these modules, before the code that imports it goes on.

    Args:
        adopt: Functions, by the module's name. One that is already imported is given at once.
    """
    for name in adopt.keys() & sys.modules.keys():
        adopt[name](sys.modules[name])
    sys.meta_path.insert(0, _Finder(adopt))


class _Finder:
    """Stands before the finders of modules, and adds to what they find."""

    def __init__(self, adopt: Mapping[str, Callable[[Any], None]]) -> None:
        self._adopt = adopt
        self._asking: set[str] = set()

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> Any:
        """Find one of the modules by asking the other finders; leave all others to them."""
        if name not in self._adopt or name in self._asking:
            return None
        self._asking.add(name)
        try:
            spec = find_spec(name)
        finally:
            self._asking.discard(name)
        if spec and spec.loader:
            _then(spec.loader, self._adopt[name])
        return spec


def _then(loader: Any, adopt: Callable[[Any], None]) -> None:
    execute = loader.exec_module

    def exec_module(module: Any) -> None:
        execute(module)
        adopt(module)

    loader.exec_module = exec_module

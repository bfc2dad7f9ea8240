"""What a project's configuration says of its pages, for whoever is not told by a builder."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from twotracks.errors import TwoTracksError, require
from twotracks.execute.project import CONFIGURATIONS, cache_folder, find_root
from twotracks.execute.run import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Project:
    """The project that pages are run in: its folder, and what its builder is told about pages."""

    settings: Settings
    cache: Path


def project_of(path: Path, cache: str = "") -> Project:
    """The project of a page, with the options of the plugin in its configuration.

    Args:
        path: An absolute path.
        cache: Comes before what the options say.
    """
    root = find_root(path)
    options = plugin_options(root)
    return Project(
        Settings(
            root,
            dict(options.get("formatters") or {}),
            float(options.get("timeout") or Settings.timeout),
            preload=tuple(options.get("preload") or ()),
            workers=int(options.get("workers") or Settings.workers),
            memory=int(options.get("memory") or Settings.memory),
        ),
        cache_folder(root, cache or str(options.get("cache") or "")),
    )


def docs_folder(root: Path) -> Path:
    """The folder of a project's pages."""
    named = [config["docs_dir"] for config in _configurations(root) if config.get("docs_dir")]
    return root / (named[0] if named else "docs")


def site_address(root: Path) -> str:
    """Where the site of a project is to be, or nothing."""
    named = [config["site_url"] for config in _configurations(root) if config.get("site_url")]
    return str(named[0]) if named else ""


def plugin_options(root: Path) -> dict[str, Any]:
    """What stands under `twotracks` in a project's configuration; nothing if there is none."""
    for configuration in _configurations(root):
        for plugin in _plugins(configuration):
            if isinstance(plugin, dict) and "twotracks" in plugin:
                return dict(plugin["twotracks"] or {})
    return {}


def _configurations(root: Path) -> Iterator[dict[str, Any]]:
    for name in CONFIGURATIONS:
        if (root / name).is_file():
            configuration = _parsed((root / name).read_text(encoding="utf-8"), root / name)
            if isinstance(configuration, dict):
                yield configuration


@lru_cache(maxsize=1)  # a fence alone asks for each page
def _parsed(text: str, path: Path) -> Any:
    if path.suffix == ".toml":
        try:
            return tomllib.loads(text).get("project")
        except tomllib.TOMLDecodeError as error:
            raise TwoTracksError(f"cannot read it: {error}", where=str(path)) from error
    return _parsed_yaml(text, path)


def _plugins(configuration: dict[str, Any]) -> list[Any]:
    plugins = configuration.get("plugins")
    if isinstance(plugins, dict):  # the other way in which MkDocs lets them be written
        return [{name: options} for name, options in plugins.items()]
    return list(plugins or ())


def _parsed_yaml(text: str, path: Path) -> Any:
    """A configuration without what its tags stand for: Python's names, environment variables."""
    require("engine", "yaml")
    import yaml  # noqa: PLC0415 - here, because `clean` and a project without mkdocs.yml need none

    class Loader(yaml.SafeLoader):
        """Knows any tag."""

    Loader.add_multi_constructor("!", lambda *_: None)
    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    try:
        return yaml.load(text, Loader)  # noqa: S506 - a safe one
    except yaml.YAMLError as error:
        raise TwoTracksError(f"cannot read it: {error}", where=str(path)) from error

"""The MkDocs plugin: it runs all pages before the site is touched, and watches what they use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mkdocs.config import config_options as c
from mkdocs.config.base import Config
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, get_plugin_logger
from mkdocs.structure.files import InclusionLevel, get_files
from mkdocs.utils import is_markdown_file
from pymdownx.superfences import SuperFencesException

from twotracks.errors import TwoTracksError
from twotracks.execute import Engine, PageRecord, Settings, scan
from twotracks.execute.engine import fingerprint
from twotracks.execute.options import LANGUAGES
from twotracks.execute.render import render_error
from twotracks.execute.store import Store
from twotracks.mkdocs_plugin import fence
from twotracks.mkdocs_plugin.inline import ValueExtension
from twotracks.mkdocs_plugin.state import PageState, check_marks, label, unmarked

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown import Markdown
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import File, Files
    from mkdocs.structure.pages import Page

_FENCES = "pymdownx.superfences"
_log = get_plugin_logger("twotracks")


class PageFailed(SuperFencesException, PluginError):  # type: ignore[misc]
    """Passes superfences, and MkDocs shows it without a traceback."""


class PluginConfig(Config):  # type: ignore[no-untyped-call]
    """What stands under `twotracks:` in mkdocs.yml.

    Attributes:
        formatters: Functions that give the HTML of a type:
            `{"pandas.DataFrame": "package.module:function"}`.
        watch: Folders, from the project's, whose files the pages use.
        timeout: Seconds that a page may take.
    """

    formatters = c.DictOfItems(c.Type(str), default={})
    watch = c.ListOfItems(c.Type(str), default=[])
    timeout = c.Type((int, float), default=120)


class TwoTracksPlugin(BasePlugin[PluginConfig]):  # type: ignore[no-untyped-call]
    """Executes the pages of a site."""

    def __init__(self) -> None:
        self._serving = False
        # These outlive a build: MkDocs keeps a plugin that has `on_startup` while it serves.
        self._records = Store[PageRecord]()
        self._texts = Store[str]()

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:  # noqa: ARG002
        self._serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Install the fence and the inline values; the fences of the user stay."""
        self._root = Path(config.config_file_path).parent.resolve()
        self._engine = Engine(
            Settings(self._root, dict(self.config.formatters), self.config.timeout),
            stamp=fingerprint(self._watched()),
            records=self._records,
            texts=self._texts,
        )
        if _FENCES not in config.markdown_extensions:
            config.markdown_extensions.append(_FENCES)
        settings = config.mdx_configs.setdefault(_FENCES, {})
        settings["custom_fences"] = [
            *settings.get("custom_fences", []),
            # Last, so that it is asked first; it takes no fence without `exec`.
            *(
                {
                    "name": language,
                    "class": language,
                    "validator": fence.validator,
                    "format": fence.formatter,
                }
                for language in LANGUAGES
            ),
        ]
        extension: object = ValueExtension(self._state)  # MkDocs takes instances as well as names
        config.markdown_extensions.append(extension)  # type: ignore[arg-type]
        return config

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Run all pages, while the old site still stands, and tell of all that fail."""
        wanted = InclusionLevel.is_in_serve if self._serving else InclusionLevel.is_included
        failed = []
        for file in get_files(config).documentation_pages(inclusion=wanted):
            if not is_markdown_file(file.src_uri):
                continue
            try:
                self._engine.record(scan(file.content_string, self._label(file)))
            except TwoTracksError as error:
                failed.append(str(error))
        if not failed:
            return
        count = "1 page" if len(failed) == 1 else f"{len(failed)} pages"
        message = f"{count} could not be executed:\n\n" + "\n\n".join(failed)
        if not self._serving:
            raise PluginError(message)
        _log.error(message)

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG002
        """Compare what the page shows with what the scanner found in its file."""
        if not is_markdown_file(page.file.src_uri):
            return html
        try:
            scanned = scan(page.file.content_string, self._label(page.file))
            self._engine.record(scanned)
        except TwoTracksError as error:
            if not self._serving:  # a page that another plugin made, without a cell to show it
                raise PluginError(str(error)) from error
            problems = [] if 'class="tt-error"' in html else [str(error)]
        else:
            problems = check_marks(scanned, html)
        if problems and not self._serving:
            raise PluginError("\n".join(problems))
        return "".join(render_error(problem) for problem in problems) + unmarked(html)

    def on_serve(
        self,
        server: LiveReloadServer,
        *,
        config: MkDocsConfig,  # noqa: ARG002
        builder: Callable[[], None],  # noqa: ARG002
    ) -> LiveReloadServer:
        """Build again when a file changes that the pages use."""
        self._serving = True
        for folder in self._watched():
            server.watch(str(folder))
        return server

    def _state(self, md: Markdown) -> PageState:
        return PageState(md, self._engine, self._serving, PageFailed)

    def _watched(self) -> list[Path]:
        folders = [self._root / name for name in self.config.watch]
        for folder in folders:
            if not folder.is_dir():
                raise PluginError(f"mkdocs.yml: twotracks: watch: there is no folder {folder}")
        return folders

    def _label(self, file: File) -> str:
        return label(file.abs_src_path or file.src_uri, self._root)

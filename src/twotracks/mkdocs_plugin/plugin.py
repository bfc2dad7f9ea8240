"""The MkDocs plugin: it runs all pages while MkDocs renders them, and watches what they use."""

from __future__ import annotations

import logging
import sys
import time
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urljoin

from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority, get_plugin_logger
from mkdocs.structure.files import File, InclusionLevel, get_files
from mkdocs.utils import get_relative_url, is_markdown_file
from pymdownx.superfences import SuperFencesException

from twotracks.errors import TwoTracksError
from twotracks.execute import CellFailed, Engine, PageRecord, ScanError, Settings, scan
from twotracks.execute.configuration import site_address
from twotracks.execute.options import LANGUAGES
from twotracks.execute.parallel import Background
from twotracks.execute.pool import Pool, PreloadFailed
from twotracks.execute.process import end_all
from twotracks.execute.progress import Progress, progress_to
from twotracks.execute.project import cache_folder, label
from twotracks.execute.render import render_error
from twotracks.execute.report import report
from twotracks.execute.store import Store
from twotracks.execute.wheel import Wheel, project_wheel
from twotracks.mkdocs_plugin import assets, fence
from twotracks.mkdocs_plugin.beside import Beside, address_of
from twotracks.mkdocs_plugin.configuration import PluginConfig
from twotracks.mkdocs_plugin.downloads import Downloads, with_alternate
from twotracks.mkdocs_plugin.embedded import embed_in_site
from twotracks.mkdocs_plugin.hints import lost_in
from twotracks.mkdocs_plugin.inline import ValueExtension
from twotracks.mkdocs_plugin.later import end_of, fill_site, fillings
from twotracks.mkdocs_plugin.links import resolved
from twotracks.mkdocs_plugin.markdown_pages import LIST, MarkdownPages
from twotracks.mkdocs_plugin.notebooks import RENDERER, Notebooks, with_sheet
from twotracks.mkdocs_plugin.reading import with_reading_time
from twotracks.mkdocs_plugin.stage import Stage
from twotracks.mkdocs_plugin.state import PageState, check_marks, place_of, unmarked
from twotracks.mkdocs_plugin.watcher import Watcher
from twotracks.mkdocs_plugin.wheels import WheelBuild

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment
    from markdown import Markdown
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page

    from twotracks.execute import Page as ScannedPage

_FENCES = "pymdownx.superfences"
# Plugins that have to do with pages and not with what cells show: a page may get that later.
_BLIND = {
    "search",
    "material/info",
    "material/meta",
    "material/search",
    "material/tags",
    "autorefs",
    "mkdocs-jupyter",
    "mkdocstrings",
    "twotracks",
}
# Makes a site that is opened with file://.
_OFFLINE = "material/offline"
_log = get_plugin_logger("twotracks")


class PageFailed(SuperFencesException, PluginError):  # type: ignore[misc]
    """Passes superfences, and MkDocs shows it without a traceback."""


class TwoTracksPlugin(BasePlugin[PluginConfig]):  # type: ignore[no-untyped-call]
    """Executes the pages of a site."""

    def __init__(self) -> None:
        self._serving = False
        self._dirty = False
        self._stage: Stage | None = None
        self._running: Background | None = None
        self._store: Store | None = None
        # Kept while MkDocs serves, so that a save costs no imports.
        self._pool: Pool | None = None
        self._timings: dict[str, float] = {}
        self._watcher: Watcher | None = None
        self._examples: set[str] = set()
        self._took = 0.0
        self._late = True
        # Of the notebooks, for mkdocs-jupyter.
        self._copies: TemporaryDirectory[str] | None = None

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        self._serving = command == "serve"
        self._dirty = dirty

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Install the fence and the inline values; the fences of the user stay."""
        self._root = Path(config.config_file_path).parent.resolve()
        self._watched()  # a folder that is not there is an error now, not when it is served
        # It outlives a build, for where the folder cannot be written: MkDocs keeps a plugin that
        # has `on_startup` while it serves.
        folder = cache_folder(self._root, self.config.cache)
        if self._store is None or self._store.folder != folder:
            self._store = Store(folder)
        pool = self._warm_pool()
        if self._serving or not (folder / "pages").is_dir():
            pool.begin()  # most likely there is something to run, now or with the next save
        self._engine = Engine(
            self._settings(),
            pool=pool,
            store=self._store,
            notify=_log.warning if self.config.undeclared == "warn" else _log.info,
            progress=self._progress(),
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
        self._scan = cache(scan)  # the same text, up to three times in a build
        self._problems: list[str] = []
        # The code of the cells of the page that is being rendered, and of the pages before.
        self._codes: dict[int, str] = {}
        self._waiting: list[tuple[Page, ScannedPage, dict[int, str]]] = []
        self._notebooks = Notebooks(config)
        self._wheel = self._own_wheel(config.site_url or "")
        self._building = WheelBuild(self._wheel, self._root) if self._wheel else None
        self._markdown = MarkdownPages(config) if self.config.markdown else None
        if not (self._serving or self._dirty):
            self._stage = Stage(config)
        extension: object = ValueExtension(self._state)  # MkDocs takes instances as well as names
        config.markdown_extensions.append(extension)  # type: ignore[arg-type]
        return config

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Begin to run all pages. MkDocs renders what it can meanwhile."""
        self._begin = time.perf_counter()
        self._downloads = Downloads(
            self._root,
            Beside(Path(config.site_dir)),
            self.config.downloads,
            self._markdown,
            self._wheel,
        )
        files = [file for file in get_files(config) if self._is_wanted(file)]
        self._notebooks.choose(files)
        others = self._sees_all(config)
        self._late = not others
        if others:
            _log.debug("pages run before they are rendered, for %s", ", ".join(others))
        # What is wrong with each page, in the order of the files.
        self._outcomes: dict[str, TwoTracksError | None] = {}
        pages = []
        for file in filter(self._is_page, files):
            path = self._label(file)
            self._outcomes[path] = None
            try:
                pages.append(
                    self._notebooks.read(file, path).page
                    if self._notebooks.renders(file)
                    else self._scan(file.content_string, path, self._root)
                )
            except TwoTracksError as error:
                self._outcomes[path] = error
        self._examples |= {c.options.file for page in pages for c in page.cells if c.options.file}
        self._has_cells = any(page.cells for page in pages)
        self._running = Background(self._engine, pages, self._timings)

    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        """Link what cells need in a browser. Tell of all that fails, if the pages have run."""
        self._files = files
        if self._has_cells:
            config.extra_css.insert(0, assets.SHEET)  # before the site's own
            config.extra_javascript.insert(0, assets.SCRIPT)
            files.append(File.generated(config, assets.SHEET, content=assets.sheet()))
            files.append(File.generated(config, assets.SCRIPT, content=assets.script()))
        if not self._late:
            self._tell()
        return env

    def _tell(self) -> None:
        """Wait for all pages, and tell of all that is wrong."""
        failed = [str(error) for error in self._finished().values() if error]
        if failed:
            count = "1 page" if len(failed) == 1 else f"{len(failed)} pages"
            failed.insert(0, f"{count} could not be executed:")
        if failed or self._problems:
            message = "\n\n".join([*failed, *dict.fromkeys(self._problems)])
            if not self._serving:
                raise PluginError(message)
            _log.error(message)

    def _finished(self) -> dict[str, TwoTracksError | None]:
        if self._running is None:
            return self._outcomes
        try:
            for page, outcome in self._running.outcomes():
                if isinstance(outcome, TwoTracksError):
                    self._outcomes[page.path] = outcome
        except PreloadFailed as error:
            raise PluginError(f"mkdocs.yml: twotracks: {error}") from error
        finally:
            self._running = None
        self._took = time.perf_counter() - self._begin
        self._timings |= self._engine.seconds
        self._watch_used()
        return self._outcomes

    def _is_wanted(self, file: File) -> bool:
        """Whether a file comes into the site: a draft is served only."""
        wanted: Callable[[InclusionLevel], bool] = (
            InclusionLevel.is_in_serve if self._serving else InclusionLevel.is_included
        )
        return wanted(file.inclusion)

    def _is_page(self, file: File) -> bool:
        """Whether there may be something to run in a file."""
        if self._notebooks.renders(file):
            return self._notebooks.executes(file)
        return is_markdown_file(file.src_uri)

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Add what pages need."""
        self._notebooks.add_sheet(files, config)
        return files

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:  # noqa: ARG002
        """Keep the order of the pages, for the list of them, and where notebooks stand."""
        self._nav = nav
        if self._markdown:
            found = filter(self._notebooks.renders, files)
            self._markdown.notebooks |= {file.src_uri: file for file in found}
        return nav

    def on_page_markdown(
        self,
        markdown: str,
        *,
        page: Page,  # noqa: ARG002
        config: MkDocsConfig,  # noqa: ARG002
        files: Files,  # noqa: ARG002
    ) -> str:
        """Name the wheel where a page says how to install the project."""
        return self._wheel.named(markdown) if self._wheel else markdown

    # Before mkdocs-jupyter, wherever it stands in the list of plugins.
    @event_priority(100)
    def on_pre_page(self, page: Page, *, config: MkDocsConfig, files: Files) -> Page:  # noqa: ARG002
        """Put executed notebooks in the place of those in the file system."""
        self._files = files
        if self._notebooks.executes(page.file):
            if self._copies is None:
                self._copies = TemporaryDirectory(prefix="twotracks-", ignore_cleanup_errors=True)
            self._notebooks.swap(page.file, self._engine, Path(self._copies.name))
        return page

    # After it.
    @event_priority(-100)
    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Link the style sheet of notebooks, and write the executed notebook beside its page."""
        output = unmarked(output)  # of parts of other pages that it shows
        output = with_alternate(output, page) if self._markdown else output
        if not self._notebooks.renders(page.file):
            return output
        whole = self._notebooks.whole(page.file)
        if whole:
            source_too = bool(config.plugins[RENDERER].config["include_source"])
            self._downloads.write_notebook(page, *whole, source_too=source_too)
        return with_sheet(output, page.url)

    # Before all others who look at the finished site …
    @event_priority(100)
    def _on_post_build_first(self, *, config: MkDocsConfig) -> None:
        """Put in what the cells showed, and see that the hints of quizzes lead to it."""
        if self._late:
            known = self._known()
            self._tell()
            fill_site(Path(config.site_dir), known)
        if self._markdown:
            text = self._markdown.listed(self._nav)
            Path(config.site_dir, LIST).write_text(text, encoding="utf-8", newline="\n")
        offline = config.plugins.get(_OFFLINE)
        if offline is not None and offline.config["enabled"]:
            try:
                embed_in_site(Path(config.site_dir))
            except TwoTracksError as error:
                raise PluginError(str(error)) from error
        if self._building:
            try:
                self._building.write(Path(config.site_dir))
            except TwoTracksError as error:
                raise PluginError(str(error)) from error
        lost = "\n".join(lost_in(Path(config.site_dir)))
        if lost and not self._serving:
            raise PluginError(lost)
        if lost:
            _log.error(lost)

    # … and after all who write into it.
    @event_priority(-100)
    def _on_post_build_last(self, *, config: MkDocsConfig) -> None:  # noqa: ARG002
        """Put the site in its place, and say how the pages came about."""
        if self._stage is not None:
            _log.info("put in its place: %s", self._stage.publish())
            self._stage = None
        engine = self._engine
        if engine.history:
            _log.info(report(len(engine.history), engine.seconds, self._took))

    on_post_build = CombinedEvent(_on_post_build_first, _on_post_build_last)

    def on_build_error(self, *, error: Exception) -> None:  # noqa: ARG002
        """Leave the site that stood, and end what still runs for the one that failed."""
        if self._stage is not None:
            self._stage.discard()
            self._stage = None
        if self._running is not None and self._pool is not None:
            self._pool.close()  # until the next build
            self._running.join()
            self._running = None

    def on_shutdown(self) -> None:
        """Leave no process and no file."""
        if self._pool is not None:
            self._pool.close()
        end_all()
        if self._stage is not None:
            self._stage.discard()
        if self._copies is not None:
            self._copies.cleanup()

    # Before others, so that they see whole pages if these have run.
    @event_priority(100)
    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG002
        """Put in what the plugin has to say, and check what the page shows."""
        html = self._checked(html, page)
        wanted = self.config.reading_time and "reading_time" not in (page.meta.get("hide") or ())
        return with_reading_time(html) if wanted else html

    def _checked(self, html: str, page: Page) -> str:
        """Compare what the page shows with what the scanner found in its file."""
        if self._notebooks.renders(page.file):
            record = self._notebooks.record(page.file)
            html = self._notebooks.content(page.file, html, partial(self._put, page.file, record))
            problem = self._publish(page, record)
            html = f"{render_error(str(problem)) if problem else ''}{html}"
            whole = self._notebooks.whole(page.file)
            if whole is None:
                return html
            page.meta.setdefault("description", whole[0].page.description)
            return html + self._downloads.offer_notebook(page, *whole, self._files)
        if not is_markdown_file(page.file.src_uri):
            return html
        codes, self._codes = self._codes, {}
        try:
            scanned = self._scan(page.file.content_string, self._label(page.file), self._root)
        except ScanError as error:
            return f"{render_error(str(error))}{html}"
        problems = check_marks(scanned, html)
        html = unmarked(html)
        if scanned.steps and self._late:
            html += end_of(scanned.path)
            self._waiting.append((page, scanned, codes))
        else:
            html += self._end(page, scanned, html, *self._outcome(scanned))
        if self._serving:
            return "".join(render_error(problem) for problem in problems) + html
        self._problems += [] if self._outcomes.get(scanned.path) else problems
        return html

    def _known(self) -> dict[str, str]:
        """What comes in the place of all marks."""
        known: dict[str, str] = {}
        for page, scanned, codes in self._waiting:
            record, error = self._outcome(scanned)
            cells = {}
            for number, code in codes.items():
                html = fence.whole_cell(code, scanned, number, record, error)
                html = self._put(page.file, record, html, place_of(scanned, number))
                cells[number] = (unmarked(html), code)
            shown = "".join(cell for cell, _ in cells.values())
            end = self._end(page, scanned, shown, record, error)
            known |= fillings(scanned.path, cells, end)
        return known

    def _put(self, file: File, record: PageRecord, html: str, where: str) -> str:
        """What a cell of a page shows, with links that lead to the pages of this site."""
        html, missing = resolved(
            html,
            file.src_uri,
            partial(self._address, file),
            {each.name: address_of(file, each.name) for each in record.files},
        )
        for source in missing:
            problem = TwoTracksError(
                f"a link to {source}, and the site has no such page",
                where=where,
                fix="Name the file of a page, from the folder of the page that shows the link.",
            )
            self._problems.append(str(problem))
            html = f"{html.removesuffix('</div>')}{render_error(str(problem))}</div>"
        return html

    def _address(self, file: File, source: str) -> str | None:
        """The address, from the page of a file, of another or of what lies beside that one.

        None if there is no such page.
        """
        folder, _, name = source.rpartition("/")
        target = self._files.src_uris.get(source)
        other = target or self._files.src_uris.get(folder)
        if other is None or not self._is_wanted(other):
            return None
        url = other.url if target else urljoin(other.url, address_of(other, name))
        return get_relative_url(url, file.url)

    def _outcome(self, scanned: ScannedPage) -> tuple[PageRecord, TwoTracksError | None]:
        """What a page showed, and why it ran no further."""
        try:
            return self._engine.record(scanned), None
        except CellFailed as error:
            self._outcomes[scanned.path] = error
            return error.partial, error
        except TwoTracksError as error:
            self._outcomes[scanned.path] = error
            return PageRecord(scanned.path), error

    def _end(
        self,
        page: Page,
        scanned: ScannedPage,
        shown: str,
        record: PageRecord,
        error: TwoTracksError | None,
    ) -> str:
        """The end of a page: links to its downloads, or an error that no cell has."""
        error = error or self._publish(page, record)
        if not error:
            try:
                return self._downloads.offer(page, scanned, record, self._files)
            except TwoTracksError as problem:
                error = problem
                self._problems.append(str(problem))
        return render_error(str(error)) if error and 'class="tt-error"' not in shown else ""

    def _publish(self, page: Page, record: PageRecord) -> TwoTracksError | None:
        """Write what the page publishes beside it. Gives what is wrong with that."""
        contents = {file.name: file.text for file in record.files}
        try:
            self._downloads.beside.write(
                page, contents, "published file", where=record.path, files=self._files
            )
        except TwoTracksError as problem:
            self._problems.append(str(problem))
            return problem
        return None

    def _sees_all(self, config: MkDocsConfig) -> list[str]:
        """The plugins and hooks that may change what stands in a page, or count on it."""
        methods = (
            method
            for event in ("page_content", "page_context", "post_page")
            for method in config.plugins.events[event]
        )
        owners = {getattr(method, "__self__", None) for method in methods} - {self}
        names = {id(plugin): name for name, plugin in config.plugins.items()}
        found = {names.get(id(owner), "a hook") for owner in owners}
        return sorted(found - _BLIND)

    def on_serve(
        self,
        server: LiveReloadServer,
        *,
        config: MkDocsConfig,
        builder: Callable[[], None],  # noqa: ARG002
    ) -> LiveReloadServer:
        """Build again when a file changes that the pages use."""
        self._serving = True
        for folder in self._watched():
            server.watch(str(folder))
        cache = cache_folder(self._root, self.config.cache)
        folders = [Path(config.docs_dir), *self._watched(), cache]
        self._watcher = Watcher(server, self._root, folders)
        self._watch_used()
        return server

    def _watch_used(self) -> None:
        if self._watcher is not None:
            self._watcher.watch({*self._engine.used, *self._examples})

    def _settings(self) -> Settings:
        given = self.config
        if given.workers < 0 or given.memory <= 0:
            raise PluginError("mkdocs.yml: twotracks: workers and memory cannot be negative")
        return Settings(
            self._root,
            dict(given.formatters),
            given.timeout,
            preload=tuple(given.preload),
            workers=given.workers,
            memory=given.memory,
        )

    def _own_wheel(self, site: str) -> Wheel | None:
        """The project's wheel, where the file says that the site is: a server is elsewhere."""
        if not self.config.wheel:
            return None
        site = (site_address(self._root) or site) if self._serving else site
        try:
            return project_wheel(self._root, site, self.config.extras)
        except TwoTracksError as error:
            raise PluginError(str(error)) from error

    def _progress(self) -> Progress | None:
        """Silent where the log is: with `--quiet`."""
        return progress_to(sys.stderr, _log.info) if _log.isEnabledFor(logging.INFO) else None

    def _warm_pool(self) -> Pool:
        """The pool of the last build, unless it was for something else."""
        preload = tuple(self.config.preload)
        pool = self._pool
        if pool is None or (pool.root, pool.preload) != (self._root, preload):
            if pool is not None:
                pool.close()
            pool = self._pool = Pool(self._root, preload)
        pool.refresh()
        return pool

    def _state(self, md: Markdown) -> PageState:
        def put(html: str, where: str) -> str:
            file = cast("Any", md.treeprocessors["relpath"]).file
            return self._put(file, state.record, html, where)

        state = PageState(
            md,
            self._engine,
            PageFailed,
            scan=self._scan,
            later=self._codes if self._late else None,
            problems=self._problems,
            put=put,
        )
        return state

    def _watched(self) -> list[Path]:
        folders = [self._root / name for name in self.config.watch]
        for folder in folders:
            if not folder.is_dir():
                raise PluginError(f"mkdocs.yml: twotracks: watch: there is no folder {folder}")
        return folders

    def _label(self, file: File) -> str:
        return label(file.abs_src_path or file.src_uri, self._root)

"""The tools that are compared: what each needs, reads, runs and leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from corpus import Cell, Page

REPOSITORY = Path(__file__).resolve().parents[2]
Files = dict[str, str]

LIBRARIES = ("pandas==3.1.1", "scikit-learn==1.9.1", "pygraphviz==2.0.4")
MATERIAL = ("mkdocs==1.6.1", "mkdocs-material==9.8.1")
SPHINX = ("sphinx==9.0.4", "furo==2025.12.19")
OURS = ("graphviz==0.21", "flit-core>=3.11,<5", "pyyaml")
# By name: what is installed beside the libraries. `static` and `ours` share one, so that nothing
# but the engine is between them.
ENVIRONMENTS = {
    "ours": (*MATERIAL, *OURS),
    "markdown-exec": (*MATERIAL, "markdown-exec[ansi]==1.12.6"),
    "mkdocs-jupyter": (*MATERIAL, "mkdocs-jupyter==0.26.3"),
    "mkdocs-gallery": (*MATERIAL, "mkdocs-gallery==0.10.4", "matplotlib==3.10.8"),
    "myst-nb": (*SPHINX, "myst-nb==1.4.0"),
    "sphinx-gallery": (*SPHINX, "sphinx-gallery==0.22.1", "matplotlib==3.10.8"),
    "zensical": ("zensical==0.0.73", "markdown-exec==1.12.6", *OURS),
}
# Those in which this package is installed too, as it is in the repository now.
WITH_OURS = ("ours", "zensical")

SITE = """\
site_name: Benchmark
site_url: https://example.org/
theme:
  name: material
  font: false
  features: [navigation.sections, content.code.copy, search.suggest]
markdown_extensions:
  - admonition
  - attr_list
  - md_in_html
  - tables
  - toc:
      permalink: true
  - pymdownx.highlight
  - pymdownx.inlinehilite
  - pymdownx.details
  - pymdownx.tabbed:
      alternate_style: true
"""
FENCES = "  - pymdownx.superfences\n"
OUR_FENCE = """\
  - twotracks.mkdocs_plugin.inline
  - pymdownx.superfences:
      custom_fences:
        - name: python
          class: python
          validator: !!python/name:twotracks.mkdocs_plugin.fence.validator
          format: !!python/name:twotracks.mkdocs_plugin.fence.formatter
"""
EXEC_FENCE = """\
  - pymdownx.superfences:
      custom_fences:
        - name: python
          class: python
          validator: !!python/name:markdown_exec.validator
          format: !!python/name:markdown_exec.formatter
"""
OUR_PLUGIN = f"  - twotracks:\n      preload: [{', '.join(corpus.PRELOAD)}]\n"
HOME = "# Benchmark\n\nThe pages of this site are listed in the navigation.\n"


@dataclass(frozen=True)
class Tool:
    """One way to make the site.

    Attributes:
        name: How the table calls it.
        environment: Its key in `ENVIRONMENTS`.
        files: Gives the sources of these pages, by path.
        page: Where a page is after a build; `{slug}` stands for its name.
        build: The command.
        left: Whatever a build leaves, caches too: without it a build is a cold one.
        runs: Whether it runs the cells.
        slow: Whether a cold build takes minutes: it has fewer rounds.
        serve: The command that serves the site and builds it again; `{port}` stands for a number.
    """

    name: str
    environment: str
    files: Callable[[Sequence[Page]], Files]
    page: str = "site/{slug}/index.html"
    build: tuple[str, ...] = ("mkdocs", "build")
    left: tuple[str, ...] = ("site", ".cache")
    runs: bool = True
    slow: bool = False
    serve: tuple[str, ...] = field(default=())


def _site(
    pages: Sequence[Page],
    render: Callable[[Page], str],
    plugins: str = "",
    fences: str = FENCES,
    suffix: str = "md",
) -> Files:
    configuration = f"{SITE}{fences}plugins:\n  - search\n{plugins}"
    sources = {f"docs/{page.slug}.{suffix}": render(page) for page in pages}
    return {"mkdocs.yml": configuration, "docs/index.md": HOME, **sources}


def _markdown(
    cell: Callable[[Page, Cell], str], plugins: str = "", fences: str = FENCES
) -> Callable[[Sequence[Page]], Files]:
    render = partial(corpus.markdown, cell=cell)
    return lambda pages: _site(pages, render, plugins, fences)


def _jupyter(pages: Sequence[Page]) -> Files:
    options = "  - mkdocs-jupyter:\n      execute: true\n      allow_errors: false\n"
    return _site(pages, corpus.notebook, options, suffix="ipynb")


def _mkdocs_gallery(pages: Sequence[Page]) -> Files:
    files = _site((), corpus.notebook)
    files["mkdocs.yml"] += (
        "  - gallery:\n      examples_dirs: docs/examples\n"
        "      gallery_dirs: docs/generated/gallery\n      abort_on_example_error: true\n"
        "nav:\n  - index.md\n  - generated/gallery\n"
    )
    files["docs/examples/README.md"] = "# Examples\n\nThe pages with cells.\n"
    scripts = {
        f"docs/examples/plot_{page.slug}.py": corpus.gallery(page, rst=False) for page in pages
    }
    return files | scripts


def _sphinx_gallery(pages: Sequence[Page]) -> Files:
    files = {
        "conf.py": (
            'project = "Benchmark"\nextensions = ["sphinx_gallery.gen_gallery"]\n'
            'html_theme = "furo"\nexclude_patterns = ["_build", "examples"]\n'
            'sphinx_gallery_conf = {"examples_dirs": "examples", "gallery_dirs": "made", '
            '"abort_on_example_error": True}\n'
        ),
        "index.rst": "Benchmark\n=========\n\n.. toctree::\n\n   made/index\n",
        "examples/GALLERY_HEADER.rst": "Examples\n========\n\nThe pages with cells.\n",
    }
    scripts = {f"examples/plot_{page.slug}.py": corpus.gallery(page, rst=True) for page in pages}
    return files | scripts


def _myst(pages: Sequence[Page]) -> Files:
    names = "\n".join(page.slug for page in pages)
    files = {
        "conf.py": (
            'project = "Benchmark"\nextensions = ["myst_nb"]\nhtml_theme = "furo"\n'
            'exclude_patterns = ["_build"]\nnb_execution_mode = "cache"\n'
            "nb_execution_timeout = 120\nnb_execution_raise_on_error = True\n"
        ),
        "index.md": f"{HOME}\n```{{toctree}}\n{names}\n```\n",
    }
    before = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n"
    return files | {f"{page.slug}.md": corpus.markdown(page, corpus.myst, before) for page in pages}


MKDOCS_SERVE = ("mkdocs", "serve", "--livereload", "-a", "127.0.0.1:{port}")
ZENSICAL = ("zensical", "build")
ZENSICAL_SERVE = ("zensical", "serve", "-a", "127.0.0.1:{port}")
SPHINX_BUILD = ("sphinx-build", "-q", "-b", "html", ".", "_build")

TOOLS = {
    tool.name: tool
    for tool in (
        # The same pages as ours makes, and no engine; then the same without any output.
        Tool("static", "ours", _markdown(corpus.pasted), runs=False, serve=MKDOCS_SERVE),
        Tool("static, code only", "ours", _markdown(corpus.plain), runs=False),
        Tool("ours", "ours", _markdown(corpus.ours, OUR_PLUGIN), serve=MKDOCS_SERVE),
        Tool(
            "markdown-exec",
            "markdown-exec",
            _markdown(corpus.markdown_exec, "  - markdown-exec\n"),
            serve=MKDOCS_SERVE,
        ),
        Tool(
            "zensical",
            "zensical",
            _markdown(corpus.plain),
            build=ZENSICAL,
            runs=False,
            serve=ZENSICAL_SERVE,
        ),
        Tool(
            "zensical-ours",
            "zensical",
            _markdown(corpus.ours, OUR_PLUGIN, OUR_FENCE),
            build=ZENSICAL,
            serve=ZENSICAL_SERVE,
        ),
        Tool(
            "zensical-markdown-exec",
            "zensical",
            _markdown(corpus.markdown_exec, fences=EXEC_FENCE),
            build=ZENSICAL,
            serve=ZENSICAL_SERVE,
        ),
        Tool(
            "mkdocs-gallery",
            "mkdocs-gallery",
            _mkdocs_gallery,
            page="site/generated/gallery/plot_{slug}/index.html",
            left=("site", "docs/generated"),
        ),
        Tool(
            "sphinx-gallery",
            "sphinx-gallery",
            _sphinx_gallery,
            page="_build/made/plot_{slug}.html",
            build=SPHINX_BUILD,
            left=("_build", "made", "sg_execution_times.rst"),
        ),
        Tool(
            "myst-nb",
            "myst-nb",
            _myst,
            page="_build/{slug}.html",
            build=SPHINX_BUILD,
            left=("_build",),
            slow=True,
        ),
        Tool("mkdocs-jupyter", "mkdocs-jupyter", _jupyter, slow=True),
    )
}

"""What the plugin is told in mkdocs.yml."""

from __future__ import annotations

from mkdocs.config import config_options as c
from mkdocs.config.base import Config


class PluginConfig(Config):  # type: ignore[no-untyped-call]
    """What stands under `twotracks:` in mkdocs.yml.

    Attributes:
        formatters: Functions that give the HTML of a type:
            `{"pandas.DataFrame": "package.module:function"}`.
        watch: Folders, from the project's, whose changes `mkdocs serve` is to notice. It notices a
            change to what the pages used anyway; this is for what nobody sees.
        cache: The folder in which results are kept; `TWOTRACKS_CACHE` comes before it.
        undeclared: Whether a page that starts a process, and declares nothing that this depends on,
            is a warning (`warn`), which ends a strict build, or a line in the log (`info`).
        timeout: Seconds that a page may take.
        preload: Libraries that are imported once, and with which every page then starts.
        workers: How many pages run at the same time; 0 for as many as there are processors.
        memory: Megabytes that each process of a page may use.
        downloads: Whether each page with cells can be had as a script and as a notebook.
        reading_time: Whether a line under the title of each page says how long it takes to read. A
            page whose front matter has `hide: [reading_time]` has none.
        markdown: Whether each page can be had as Markdown, and `llms.txt` lists them.
        wheel: Whether the site publishes the project's own wheel, which pages then name as what
            there is to install.
        extras: The extra of the project that one of its modules needs: `{"package.module": extra}`;
            or several, with commas between them.
    """

    formatters = c.DictOfItems(c.Type(str), default={})
    watch = c.ListOfItems(c.Type(str), default=[])
    timeout = c.Type((int, float), default=120)
    cache = c.Type(str, default="")
    undeclared = c.Choice(("info", "warn"), default="info")
    preload = c.ListOfItems(c.Type(str), default=[])
    workers = c.Type(int, default=0)
    memory = c.Type(int, default=4096)
    downloads = c.Type(bool, default=True)
    reading_time = c.Type(bool, default=False)
    markdown = c.Type(bool, default=False)
    wheel = c.Type(bool, default=False)
    extras = c.DictOfItems(c.Type(str), default={})

"""The wheel that a project publishes with its site, and how readers install it.

Its name and address are known before it is built: from `pyproject.toml`, and from the site's
address in the builder's configuration.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twotracks.errors import TwoTracksError
from twotracks.execute.configuration import plugin_options, site_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FOLDER = "packages"
"""Where wheels lie in a site."""
_COMMAND = re.compile(r"(?m)(?:^[ \t]*|(?<=`))pip install [^\n`]*")


@dataclass(frozen=True)
class Wheel:
    """A pure Python wheel in a site.

    Attributes:
        project: The distribution's name.
        version: Its version.
        site: The address of the site, with a slash at its end.
        python: The Pythons that it runs on, such as `>=3.11`, or nothing.
        extras: By the name of a module in it, the extra that this module needs, or several:
            `one,two`.
    """

    project: str
    version: str
    site: str
    python: str = ""
    extras: Mapping[str, str] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """The name of the file."""
        project = re.sub(r"[-_.]+", "_", self.project).lower()
        return f"{project}-{self.version}-py3-none-any.whl"

    @property
    def uri(self) -> str:
        """Where the file lies in the site."""
        return f"{FOLDER}/{self.file}"

    @property
    def modules(self) -> frozenset[str]:
        """The top-level modules that it holds."""
        own = re.sub(r"[-.]+", "_", self.project).lower()
        return frozenset({own, *(name.partition(".")[0] for name in self.extras)})

    def requirement(self, extras: Iterable[str] = ()) -> str:
        """What to hand to pip, such as `one[two] @ https://example.org/packages/one-1….whl`."""
        listed = ",".join(sorted(set(extras)))
        named = f"{self.project}[{listed}]" if listed else self.project
        return f"{named} @ {self.site}{self.uri}"

    def extras_of(self, names: Iterable[str]) -> set[str]:
        """The extras that modules need, from their full names: of the longest name that fits."""
        found = set()
        for name in names:
            fits = [known for known in self.extras if f"{name}.".startswith(f"{known}.")]
            if fits:
                found |= {each.strip() for each in self.extras[max(fits, key=len)].split(",")}
        return found

    def named(self, text: str) -> str:
        """The text with the wheel named in its commands, as `pip install` needs it.

        >>> Wheel("one", "1.0", "https://example.org/").named('pip install "one[two]" three')
        'pip install "one[two] @ https://example.org/packages/one-1.0-py3-none-any.whl" three'
        """
        quoted = re.compile(rf'"{re.escape(self.project)}(?:\[([\w,-]+)\])?"')

        def requirement(match: re.Match[str]) -> str:
            return f'"{self.requirement((match[1] or "").split(",") if match[1] else ())}"'

        return _COMMAND.sub(lambda command: quoted.sub(requirement, command[0]), text)


def wheel_of(root: Path) -> Wheel | None:
    """The wheel that a project says it publishes: `wheel: true`, under `twotracks`; or None.

    Raises:
        TwoTracksError: As `project_wheel`.
    """
    options = plugin_options(root)
    if not options.get("wheel"):
        return None
    return project_wheel(root, site_address(root), dict(options.get("extras") or {}))


def project_wheel(root: Path, site: str, extras: Mapping[str, str]) -> Wheel:
    """The wheel of a project.

    Args:
        root: The folder of `pyproject.toml`.
        site: The address of the site that publishes it.
        extras: As `Wheel` has them.

    Raises:
        TwoTracksError: Nothing says what it is called or where the site is.
    """
    if not site:
        raise TwoTracksError(
            "wheel: true names the wheel by its address, and nothing says where the site is",
            where="mkdocs.yml",
            fix="Write site_url: https://…",
        )
    file = root / "pyproject.toml"
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        name, version = project["name"], project["version"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise TwoTracksError(
            f"wheel: true needs the name and the version of the project: {error}",
            where="pyproject.toml",
            fix="Write both under [project], or leave wheel: true out of mkdocs.yml.",
        ) from error
    return Wheel(name, version, f"{site.rstrip('/')}/", project.get("requires-python", ""), extras)

"""The two pipelines, for real: their steps use git, a build backend, pytest and a web service.

`software` is the software track and `ml` the ML track. Both act on one workspace, a folder:

    source/            the service's project, a git repository
    dist/<commit>/     the wheel built from that commit
    releases/<name>/   the wheels that were deployed, unpacked
    current            a link to the release that serves
    running.json       the process that serves it, while one does
    registry/          the models, and the alias that says which one the service answers with
"""

from twotracks.errors import require

require(
    "pipelines",
    "build",
    "fastapi",
    "flit_core",
    "installer",
    "mypy",
    "pandera",
    "pydantic",
    "pytest",
    "sklearn",
    "skops",
    "uvicorn",
)

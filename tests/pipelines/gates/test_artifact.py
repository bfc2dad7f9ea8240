"""A stored model that is damaged, changed or of other versions is not released."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sklearn

from twotracks.pipelines import model
from twotracks.pipelines.gates.artifact import (
    check_artifact,
    content_is_what_was_trained,
    file_fits_its_card,
    made_with_installed_versions,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipelines.gates.conftest import March


@pytest.fixture
def saved(march: March, tmp_path: Path) -> Path:
    model.save(march.model, tmp_path)
    return tmp_path


def card(folder: Path, **fields: Any) -> None:
    kept = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**kept, **fields}))


def replace_file(folder: Path, content: bytes) -> None:
    """Swap the model's file, and make the card say that it is the right one."""
    (folder / "model.skops").write_bytes(content)
    card(folder, sha256=hashlib.sha256(content).hexdigest())


def test_what_training_left_passes(march: March, saved: Path) -> None:
    verdicts = check_artifact(saved, march.model)
    assert [v.decision for v in verdicts] == ["pass"] * 3
    assert f"scikit-learn {sklearn.__version__}" in verdicts[1].because


def test_a_changed_file_refuses_and_is_not_opened(march: March, saved: Path) -> None:
    path = saved / "model.skops"
    path.write_bytes(path.read_bytes() + b" ")
    [verdict] = check_artifact(saved, march.model)
    assert verdict.decision == "refuse"
    assert verdict.because.startswith("the file's SHA-256 is ")


def test_a_changed_file_with_a_changed_card_refuses(march: March, saved: Path) -> None:
    other = dataclasses.replace(march.model)
    pipeline = model.load(saved).pipeline
    pipeline[-1].intercept_ = pipeline[-1].intercept_ - 1
    digest = model.content_digest(pipeline)
    model.save(dataclasses.replace(other, pipeline=pipeline, digest=digest), saved)
    verdicts = check_artifact(saved, march.model)
    assert [v.decision for v in verdicts] == ["pass", "pass", "refuse"]
    assert verdicts[2].because == (
        f"its content is {digest[:12]}..., trained was {march.model.digest[:12]}..."
    )


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"base_rate": 0.9}, "the card says base_rate 0.9 for "),
        ({"features": ["hour"]}, "the card says features ('hour',) for "),
        ({"dataset": "other", "rows": 1}, "the card says rows 1 for 4918, dataset other for "),
    ],
)
def test_a_changed_card_refuses(
    march: March, saved: Path, fields: dict[str, Any], because: str
) -> None:
    card(saved, **fields)
    verdict = content_is_what_was_trained(saved, march.model)
    assert verdict.decision == "refuse"
    assert verdict.because.startswith(because)


def test_another_version_of_scikit_learn_is_named_whatever_the_card_says(
    march: March, saved: Path
) -> None:
    old = zipfile.ZipFile(io.BytesIO((saved / "model.skops").read_bytes()))
    fresh = io.BytesIO()
    with zipfile.ZipFile(fresh, "w") as new:
        for name in old.namelist():
            here, then = f'\\"{sklearn.__version__}\\"'.encode(), b'\\"1.0.0\\"'
            content = old.read(name)
            new.writestr(name, content.replace(here, then) if name == "schema.json" else content)
    replace_file(saved, fresh.getvalue())
    verdicts = check_artifact(saved, march.model)
    assert [v.decision for v in verdicts] == ["pass", "refuse"]
    assert verdicts[1].because == (
        f"it was made with scikit-learn 1.0.0, and {sklearn.__version__} is installed"
    )


def test_another_version_on_the_card_is_named(saved: Path) -> None:
    card(saved, requires={"numpy": "1.0", "numpie": "2"})
    verdict = made_with_installed_versions(saved)
    assert verdict.decision == "refuse"
    assert verdict.because == (
        f"it was made with numpy 1.0, and {np.__version__} is installed, "
        "numpie 2, and no version is installed"
    )


@pytest.mark.parametrize("requires", [["numpy"], "numpy", None])
def test_a_card_whose_versions_cannot_be_read_refuses(saved: Path, requires: object) -> None:
    card(saved, requires=requires)
    assert "cannot be read" in made_with_installed_versions(saved).because


def test_what_is_missing_or_no_model_refuses(march: March, saved: Path, tmp_path: Path) -> None:
    replace_file(saved, b"junk")
    assert "cannot be read: File is not a zip file" in made_with_installed_versions(saved).because
    assert content_is_what_was_trained(saved, march.model).decision == "refuse"
    (saved / "model.skops").unlink()
    assert file_fits_its_card(saved).because.startswith("the file cannot be read")
    assert file_fits_its_card(tmp_path / "nothing").because.startswith("the card cannot be read")

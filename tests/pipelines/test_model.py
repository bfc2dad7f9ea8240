"""The model kept without pickle: the same bytes, the same identity, and no tampering."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from twotracks import TwoTracksError
from twotracks.pipelines import flights, model
from twotracks.pipelines.registry import CHAMPION, Registry
from twotracks.pipelines.software import SERVICE_SOURCE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def fitted() -> model.Model:
    rows = flights.until(flights.load(), 1, 31)
    return model.fit(rows, flights.is_late(rows), "snapshot")


@pytest.fixture
def saved(fitted: model.Model, tmp_path: Path) -> Path:
    model.save(fitted, tmp_path / "saved")
    return tmp_path / "saved"


def test_what_was_saved_is_what_is_loaded(fitted: model.Model, saved: Path) -> None:
    again = model.load(saved)
    rows = flights.load().tail(500)
    assert again.digest == fitted.digest
    assert (again.base_rate, again.rows, again.dataset) == (fitted.base_rate, 2000, "snapshot")
    np.testing.assert_array_equal(again.predict(rows), fitted.predict(rows))


def test_another_process_saves_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from twotracks.pipelines import flights, model;"
        "rows = flights.until(flights.load(), 1, 31);"
        "m = model.fit(rows, flights.is_late(rows), 'snapshot');"
        "model.save(m, pathlib.Path(sys.argv[1]))"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "other")],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert (tmp_path / "other/model.skops").read_bytes() == (saved / "model.skops").read_bytes()
    assert (tmp_path / "other/card.json").read_bytes() == (saved / "card.json").read_bytes()


def test_one_row_less_is_another_model(fitted: model.Model) -> None:
    rows = flights.until(flights.load(), 1, 31).iloc[1:]
    assert model.fit(rows, flights.is_late(rows), "snapshot").digest != fitted.digest


def test_a_changed_file_is_refused(saved: Path) -> None:
    file = saved / "model.skops"
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(TwoTracksError, match=r"model\.skops: the file's SHA-256 is"):
        model.load(saved)


def test_a_model_of_another_library_version_is_refused(saved: Path) -> None:
    import hashlib
    import io
    import zipfile

    old = zipfile.ZipFile(io.BytesIO((saved / "model.skops").read_bytes()))
    fresh = io.BytesIO()
    with zipfile.ZipFile(fresh, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                from sklearn import __version__

                content = content.replace(f'\\"{__version__}\\"'.encode(), b'\\"1.0.0\\"')
            new.writestr(name, content)
    (saved / "model.skops").write_bytes(fresh.getvalue())
    card = json.loads((saved / "card.json").read_text())
    card["sha256"] = hashlib.sha256(fresh.getvalue()).hexdigest()
    (saved / "card.json").write_text(json.dumps(card))
    with pytest.raises(TwoTracksError, match=r"cannot load the model: .*version 1\.0\.0"):
        model.load(saved)


def replace_file(saved: Path, content: bytes, **card: object) -> None:
    """Swap the model's file, and make the card say that it is the right one."""
    import hashlib

    (saved / "model.skops").write_bytes(content)
    kept = json.loads((saved / "card.json").read_text())
    kept |= {"sha256": hashlib.sha256(content).hexdigest(), **card}
    (saved / "card.json").write_text(json.dumps(kept))


def test_types_that_are_not_trusted_are_refused_whatever_the_card_says(saved: Path) -> None:
    import skops.io

    content = skops.io.dumps([print])
    unknown = skops.io.get_untrusted_types(data=content)
    replace_file(saved, content, trusted=unknown)
    with pytest.raises(TwoTracksError, match=r"types that are not trusted: .*print") as caught:
        model.load(saved)
    assert caught.value.fix


def test_the_card_does_not_say_what_to_trust(saved: Path) -> None:
    assert "trusted" not in json.loads((saved / "card.json").read_text())


def test_the_service_trusts_what_the_pipeline_trusts() -> None:
    champion = SERVICE_SOURCE / "src" / "flight_delay" / "champion.py"
    assert f"\nTRUSTED_TYPES = {model.TRUSTED_TYPES}\n".replace("'", '"') in champion.read_text()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"junk", "cannot load the model: .*zip"),
        (b"", "cannot load the model"),
        (None, "holds a list, not a scikit-learn pipeline"),
    ],
)
def test_a_file_that_is_no_model_is_refused(
    saved: Path, content: bytes | None, message: str
) -> None:
    import skops.io

    replace_file(saved, skops.io.dumps([1]) if content is None else content)
    with pytest.raises(TwoTracksError, match=rf"model\.skops: .*{message}"):
        model.load(saved)


def test_what_the_card_lacks_is_named(saved: Path) -> None:
    (saved / "card.json").write_text("{}")
    missing = r"card\.json: the card has no sha256, base_rate, rows, dataset"
    with pytest.raises(TwoTracksError, match=missing):
        model.load(saved)


def test_a_missing_file_or_card_is_named(tmp_path: Path, saved: Path) -> None:
    (saved / "model.skops").unlink()
    with pytest.raises(TwoTracksError, match="cannot read the model"):
        model.load(saved)
    with pytest.raises(TwoTracksError, match=r"card\.json: cannot read it"):
        model.load(tmp_path / "nothing")


def test_one_class_cannot_train() -> None:
    rows = flights.load().head(50)
    with pytest.raises(TwoTracksError, match="50 rows of one class only"):
        model.fit(rows, flights.is_late(rows) & False, "snapshot")


def test_the_registry_numbers_versions_and_points_at_them(saved: Path, tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry")
    assert registry.version_of(CHAMPION) is None
    assert [registry.register(saved) for _ in range(11)][-1] == "11"
    registry.point(CHAMPION, "10")
    assert registry.version_of(CHAMPION) == "10"
    assert json.loads((registry.path("10") / "card.json").read_text())["version"] == "10"
    with pytest.raises(TwoTracksError, match="no model version '12'"):
        registry.point(CHAMPION, "12")
    assert registry.version_of(CHAMPION) == "10"
    registry.point(CHAMPION, None)
    assert registry.version_of(CHAMPION) is None


def test_a_changed_model_is_not_registered(saved: Path, tmp_path: Path) -> None:
    (saved / "model.skops").write_bytes(b"other")
    registry = Registry(tmp_path / "registry")
    with pytest.raises(TwoTracksError, match="SHA-256"):
        registry.register(saved)
    assert registry.versions() == ()


@pytest.mark.parametrize("broken", ["no text", "a folder", "in a file"])
def test_an_alias_that_cannot_be_read_is_named(tmp_path: Path, broken: str) -> None:
    registry = Registry(tmp_path / "registry")
    alias = registry.folder / "aliases" / CHAMPION
    if broken == "in a file":
        registry.folder.write_text("")
    elif broken == "a folder":
        alias.mkdir(parents=True)
    else:
        alias.parent.mkdir(parents=True)
        alias.write_bytes(b"\xff")
    with pytest.raises(TwoTracksError, match="champion: the alias cannot be read") as caught:
        registry.version_of(CHAMPION)
    assert caught.value.fix
    if broken != "no text":
        with pytest.raises(TwoTracksError, match="the alias cannot be taken away"):
            registry.point(CHAMPION, None)

"""The diagrams: their boxes and arrows, what stands in the SVG, and that no machine matters."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pygraphviz
import pytest

from twotracks import Run, TwoTracksError, evidence, record, step
from twotracks.views import svg
from twotracks.views.flow import Flow, describe

if TYPE_CHECKING:
    from twotracks.record import Step

SEED = Path(__file__).parent / "seed" / "flow.csv"
SVG = "{http://www.w3.org/2000/svg}"


def edges(flow: Flow) -> set[tuple[str, str]]:
    graph = pygraphviz.AGraph(string=flow.source)
    label = {node: graph.get_node(node).attr["label"] for node in graph.nodes()}
    return {(label[a], label[b]) for a, b in graph.edges()}


def test_the_overview_has_exactly_the_seed_pages_boxes_and_arrows(passed_run: Run) -> None:
    expected = set(pd.read_csv(SEED).itertuples(index=False, name=None))
    assert edges(passed_run.flow(grouped=True)) == expected


def test_lanes_have_a_box_for_every_step(passed_run: Run) -> None:
    root = ET.fromstring(passed_run.flow().svg())
    ids = {group.get("id"): group.get("class") for group in root.iter(f"{SVG}g") if group.get("id")}
    assert set(ids) == {f"step-{n}" for n in range(1, 10)}
    assert ids["step-3"] == "node tt-software-ci-cd tt-passed"
    assert ids["step-9"] == "node tt-ml-ci-cd tt-passed"
    classes = [group.get("class") for group in root.iter(f"{SVG}g")]
    assert "cluster tt-software-ci-cd" in classes
    assert "cluster tt-ml-ci-cd" in classes


def test_lanes_stand_side_by_side(passed_run: Run) -> None:
    root = ET.fromstring(passed_run.flow().svg())
    middle = {}
    for group in root.iter(f"{SVG}g"):
        if (group.get("id") or "").startswith("step-"):
            text = next(iter(group.iter(f"{SVG}text")))
            middle[group.get("id")] = float(text.get("x", "0"))
    software = {middle[f"step-{n}"] for n in range(1, 5)}
    ml = {middle[f"step-{n}"] for n in range(5, 10)}
    assert max(software) < min(ml)


def test_arrows_go_from_step_to_step_and_back(passed_run: Run) -> None:
    arrows = {(a.split("\\n")[0], b.split("\\n")[0]) for a, b in edges(passed_run.flow())}
    assert ("1  code_commit()", "2  build()") in arrows
    assert ("9  monitor_model()", "5  collect_data()") in arrows
    assert ("a commit", "1  code_commit()") in arrows
    assert ("4  deploy()", "5  collect_data()") not in arrows


def test_what_did_not_run_looks_so(refused_run: Run) -> None:
    drawn = refused_run.flow().svg()
    assert 'class="node tt-ml-ci-cd tt-refused"' in drawn
    assert 'class="node tt-software-ci-cd tt-failed"' in drawn
    assert drawn.count("tt-skipped") >= 4
    assert "7 validate_model() (a gate) refused" in describe(refused_run)
    assert 'class="node tt-software-ci-cd tt-skipped"' in refused_run.flow(grouped=True).svg()


def test_the_svg_is_named_described_and_scales(passed_run: Run) -> None:
    root = ET.fromstring(passed_run.flow().svg())
    assert root.get("role") == "img"
    names = (root.get("aria-labelledby") or "").split()
    texts = {element.get("id"): element.text for element in root if element.get("id")}
    assert all(texts[name] for name in names)
    assert "ML CI/CD: 5 collect_data() sets Data to Collected" in texts[names[1]]  # type: ignore[operator]
    assert root.get("viewBox")
    assert root.get("width") is None
    assert [e.tag for e in root.iter(f"{SVG}title")] == [f"{SVG}title"]


def test_what_comes_from_a_run_is_escaped() -> None:
    hostile = '<script>alert("1")</script> & \\N "q"'

    @step(
        process=hostile,
        focus=hostile,
        outcome=hostile,
        sets=("Code", hostile),
        evidence=("a",),
        stages=(hostile, "a:b"),
        triggers=(hostile,),
    )
    def work() -> None:
        evidence(a=hostile)

    with record() as run:
        work()
    for grouped in (True, False):
        drawn = run.flow(grouped=grouped).svg()
        assert "<script" not in drawn
        texts = " ".join(text.text or "" for text in ET.fromstring(drawn).iter(f"{SVG}text"))
        assert '<script>alert("1")</script> & \\N "q"' in texts


def test_names_that_look_alike_stay_apart() -> None:
    def make(process: str, stage: str, trigger: str) -> Step[[], None]:
        @step(process=process, focus="", outcome="", stages=(stage,), triggers=(trigger, "R&amp;D"))
        def work() -> None:
            pass

        return work

    first, second = (
        make("训练", "Build + ship", "new data"),
        make("部署", "Build - ship", "new-data"),
    )
    with record() as run:
        first()
        second()
    assert len(pygraphviz.AGraph(string=run.flow(grouped=True).source).nodes()) == 2
    lanes = pygraphviz.AGraph(string=run.flow().source)
    assert len(lanes.subgraphs()) == 2
    assert len(lanes.nodes()) == 2 + 4
    texts = [text.text for text in ET.fromstring(run.flow().svg()).iter(f"{SVG}text")]
    assert {"训练", "部署", "new data", "new-data"} <= set(texts)
    assert texts.count("R&amp;D") == 2


def test_what_no_page_can_hold_is_replaced() -> None:
    coloured = "\x1b[31mred\x1b[0m \uffff"

    @step(process=coloured, focus="", outcome="", stages=(coloured,), triggers=(coloured,))
    def work() -> None:
        pass

    with record() as run:
        work()
    for grouped in (True, False):
        assert "\ufffd[31mred" in run.flow(grouped=grouped).svg()


def test_it_draws_itself_without_a_dot_program(
    passed_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    flow = passed_run.flow()
    drawn = flow._repr_mimebundle_()["image/svg+xml"]
    assert drawn.startswith("<svg")
    assert flow.pipe(format="svg", encoding="utf-8") == drawn
    assert flow.write(tmp_path / "flow.svg").read_text() == drawn + "\n"


@pytest.mark.parametrize("fonts", ["none", "the machine's"])
def test_other_fonts_on_the_machine_change_nothing(
    passed_run: Run, tmp_path: Path, fonts: str
) -> None:
    code = (
        "import sys; from twotracks import Run;print(Run.from_json(sys.stdin.read()).flow().svg())"
    )
    environment = dict(os.environ)
    if fonts == "none":
        (tmp_path / "fonts.conf").write_text("<fontconfig></fontconfig>")
        environment["FONTCONFIG_FILE"] = str(tmp_path / "fonts.conf")
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=passed_run.to_json(),
        text=True,
        capture_output=True,
        check=True,
        env=environment,
    )
    assert done.stdout == passed_run.flow().svg() + "\n"
    assert done.stderr == ""


def test_drawing_leaves_the_environment_and_no_file(tmp_path: Path) -> None:
    code = (
        "import os; before = dict(os.environ); from twotracks.views.svg import render;"
        "render('digraph { a }'); assert dict(os.environ) == before"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_graph_is_an_error() -> None:
    with pytest.raises(TwoTracksError, match="Graphviz cannot lay out the graph"):
        svg.render("digraph {")

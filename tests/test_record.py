"""Recording steps: what is kept, what is skipped, what may be left out, what is caught."""

from __future__ import annotations

import contextvars
import dataclasses
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twotracks import (
    Artifact,
    GateRefused,
    NotFound,
    NotRun,
    Run,
    RunFailed,
    StateChange,
    TwoTracksError,
    artifact,
    at_end,
    evidence,
    from_run,
    record,
    step,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@step(
    process="A",
    focus="one",
    outcome="Made",
    sets=("Code", "Committed"),
    evidence=("text",),
    gives="text",
)
def make(text: str = "hello", workspace: Path = from_run()) -> str:
    (workspace / "text.txt").write_text(text)
    artifact(workspace / "text.txt")
    evidence(text=text)
    return text


@make.recompute
def _(workspace: Path, left: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": (workspace / "text.txt").read_text()}


@step(
    process="B",
    focus="two",
    outcome="Counted",
    sets=("Data", "Collected"),
    evidence=("n",),
    gives="count",
)
def count(text: str = from_run()) -> int:
    evidence(n=len(text))
    return len(text)


@step(process="A", focus="three", outcome="Judged", gate=True)
def judge(text: str = from_run()) -> None:
    evidence(seen=text)
    if text == "bad":
        raise GateRefused("the text is bad")


@step(process="A", focus="four", outcome="Never")
def broken() -> None:
    raise ValueError("no\nsecond line")


@step(process="A", focus="five", outcome="Ended")
def last() -> None:
    pass


@step(process="A", focus="six", outcome="Nothing", sets=("Model", "Trained"), evidence=("proof",))
def forgetful() -> None:
    pass


def statuses(run: Run) -> list[str]:
    return [step.status for step in run.steps]


def test_arguments_left_out_come_from_the_run() -> None:
    with record() as run:
        make("four")
        assert count() == 4
    assert run.passed
    assert run.step("count").evidence == {"n": 4}
    assert run.state("Code") == "Committed"
    assert [run.state("Data", n) for n in range(3)] == ["Raw data", "Raw data", "Collected"]


def test_an_argument_given_is_used() -> None:
    with record():
        make("four")
        assert count("seven..") == 7


def test_outside_a_run_a_step_is_the_function_it_was(tmp_path: Path) -> None:
    assert make("x", workspace=tmp_path) == "x"
    assert count("abc") == 3
    with pytest.raises(ValueError, match="no"):
        broken()


def test_outside_a_run_a_missing_argument_is_named() -> None:
    with pytest.raises(TwoTracksError, match=r"(?s)count\(\) needs text.*pass text=") as caught:
        count()
    assert "test_record:count" in str(caught.value)


def test_in_a_run_an_argument_that_nothing_gives_is_named() -> None:
    with pytest.raises(RunFailed, match="no step of this run gave it"), record():
        count()


def test_a_finder_looks_in_what_an_earlier_run_left(tmp_path: Path) -> None:
    def find(workspace: Path) -> str:
        path = workspace / "text.txt"
        if not path.exists():
            raise NotFound("no text")
        return path.read_text()

    @step(process="B", focus="", outcome="Read")
    def read(text: str = from_run(find)) -> str:
        return text

    with pytest.raises(RunFailed, match="no text"), record(workspace=tmp_path):
        read()
    with record(workspace=tmp_path):
        make("kept")
    with record(workspace=tmp_path):
        assert read() == "kept"


def test_after_a_failure_its_process_stops_and_the_other_goes_on() -> None:
    with record(on_failure="keep") as run:
        broken()
        last()
        count("given")
    assert statuses(run) == ["failed", "skipped", "passed"]
    assert run.step("broken").outcome == "Failed: ValueError: no"
    assert run.step("last").outcome == "Skipped: broken() failed"
    assert not run.passed


def test_a_step_that_needs_what_a_failed_step_gives_is_skipped() -> None:
    with record(on_failure="keep") as run:
        result = make(text=b"not text")  # type: ignore[arg-type]
        count()
        count(result)
    assert statuses(run) == ["failed", "skipped", "skipped"]
    assert [step.reason for step in run.steps[1:]] == ["make() failed", "count() was skipped"]


def test_a_refusal_is_not_a_failure_and_keeps_its_evidence() -> None:
    with record(on_failure="keep") as run:
        make("bad")
        judge()
        last()
    assert statuses(run) == ["passed", "refused", "skipped"]
    assert run.step("judge").evidence == {"seen": "bad"}
    assert run.step("last").reason == "judge() was refused"


def test_only_a_gate_can_refuse() -> None:
    @step(process="A", focus="", outcome="")
    def no_gate() -> None:
        raise GateRefused("no")

    with record(on_failure="keep") as run:
        no_gate()
    assert statuses(run) == ["failed"]


def test_leaving_the_block_raises_with_the_run_attached() -> None:
    with pytest.raises(RunFailed, match=r"step 1, broken\(\): Failed: ValueError") as caught:
        with record():
            broken()
    assert statuses(caught.value.run) == ["failed"]
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_state_without_evidence_is_a_failure() -> None:
    with record(on_failure="keep") as run:
        forgetful()
    assert run.step("forgetful").reason == "step 1 (forgetful): it left no evidence of proof"
    assert run.state("Model") == "None"


def test_a_step_that_sets_a_state_must_declare_evidence() -> None:
    with pytest.raises(TwoTracksError, match="declares no evidence"):
        step(process="A", focus="", outcome="", sets=("Code", "Built"))(lambda: None)


@pytest.mark.parametrize(
    "use",
    [
        bool,
        len,
        iter,
        str,
        int,
        lambda x: x.name,
        lambda x: x[0],
        lambda x: x(),
        lambda x: x == 1,
        lambda x: x + 1,
        lambda x: f"{x}",
        lambda x: setattr(x, "a", 1),
        Path,
    ],
)
def test_any_use_of_a_result_that_is_not_there_says_why(use: Any) -> None:
    with record(on_failure="keep"):
        result: Any = broken()
    assert isinstance(result, NotRun)
    assert "broken()" in repr(result)
    with pytest.raises(TwoTracksError, match=r"broken\(\) has no result. Failed: ValueError: no"):
        use(result)


def test_every_operator_on_a_missing_result_says_why() -> None:
    import copy
    import operator
    import pickle

    with record(on_failure="keep"):
        result: Any = broken()
    for use in (
        lambda: 2 * result,
        lambda: 1 - result,
        lambda: -result,
        lambda: result // 2,
        lambda: result @ 2,
        lambda: operator.iadd(result, 1),  # type: ignore[no-untyped-call]
        lambda: abs(result),
        lambda: round(result),
        lambda: next(result),
        lambda: operator.delitem(result, 0),
        lambda: copy.copy(result),
        lambda: pickle.dumps(result),
    ):
        with pytest.raises(TwoTracksError, match="has no result"):
            use()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"evidence": "digest"}, "is one string"),
        ({"stages": "Build"}, "is one string"),
        ({"sets": "Code"}, "not a state variable and a state"),
        ({"sets": ("Code",)}, "not a state variable and a state"),
    ],
)
def test_a_slip_in_a_declaration_is_an_error(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TwoTracksError, match=message):
        step(process="A", focus="", outcome="", **arguments)


def test_what_would_not_run_is_no_step() -> None:
    def generator() -> Any:
        yield 1

    async def coroutine() -> None:
        pass

    decorate: Any = step(process="A", focus="", outcome="")
    for function in (generator, coroutine):
        with pytest.raises(TwoTracksError, match="cannot be a coroutine or a generator"):
            decorate(function)
    with pytest.raises(TwoTracksError, match="is not a function"):
        decorate(3)


def test_a_method_can_be_a_step() -> None:
    class Pipeline:
        @step(process="A", focus="", outcome="Done")
        def work(self, n: int) -> int:
            return n + 1

    with record() as run:
        assert Pipeline().work(1) == 2
    assert run.passed


def test_blocks_that_end_in_another_order_leave_nothing_behind() -> None:
    def block() -> Any:
        with record() as run:
            yield run

    first, second = block(), block()
    next(first)
    run = next(second)
    first.close()
    last()
    second.close()
    assert [step.name for step in run.steps] == ["last"]
    last()
    assert len(run.steps) == 1


def test_the_way_out_of_the_first_error_is_shown() -> None:
    @step(process="A", focus="", outcome="")
    def work() -> None:
        raise TwoTracksError("no git", fix="Install git.")

    with pytest.raises(RunFailed, match=r"(?s)no git.*Install git\."):
        with record():
            work()


def test_an_exception_that_cannot_tell_its_message_is_kept() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    @step(process="A", focus="", outcome="")
    def work() -> None:
        raise Mute

    with record(on_failure="keep") as run:
        work()
    assert "Mute" in run.steps[0].reason


@pytest.mark.parametrize("workspace", ["", 3, "a\0b"])
def test_what_is_no_folder_is_an_error(workspace: Any) -> None:
    with pytest.raises(TwoTracksError), record(workspace=workspace):
        pass


def test_an_unknown_state_variable_is_named_with_the_near_one() -> None:
    @step(process="A", focus="", outcome="", sets=("Cod", "x"), evidence=("a",))
    def typo() -> None:
        evidence(a=1)

    with pytest.raises(TwoTracksError, match=r"unknown state variable 'Cod'.*\n.*'Code'"), record():
        typo()
    with pytest.raises(TwoTracksError, match=r"'Modle'.*\n.*'Model'"):
        Run().state("Modle")


def test_other_state_variables_can_be_given() -> None:
    @step(process="A", focus="", outcome="", sets=("Image", "Pushed"), evidence=("a",))
    def push() -> None:
        evidence(a=1)

    with record(variables={"Image": "None"}) as run:
        push()
    assert run.state("Image") == "Pushed"


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_interrupts_propagate_and_are_kept(interrupt: type[BaseException]) -> None:
    kept: list[Run] = []

    @step(process="A", focus="", outcome="")
    def interrupted() -> None:
        raise interrupt

    def block() -> None:
        with record(on_failure="keep") as run:
            kept.append(run)
            interrupted()

    with pytest.raises(interrupt):
        block()
    assert statuses(kept[0]) == ["failed"]


def test_nested_runs_do_not_mix() -> None:
    with record() as outer:
        make("outer")
        with record() as inner:
            make("in")
        count()
    assert [step.name for step in outer.steps] == ["make", "count"]
    assert outer.step("count").evidence == {"n": 5}
    assert [step.name for step in inner.steps] == ["make"]


def test_concurrent_runs_do_not_mix() -> None:
    runs: dict[int, Run] = {}
    barrier = threading.Barrier(4)

    def work(n: int) -> None:
        with record() as run:
            barrier.wait()
            for _ in range(20):
                make("x" * n)
                count()
        runs[n] = run

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n, run in runs.items():
        assert len(run.steps) == 40
        assert {step.evidence["n"] for step in run.steps if step.name == "count"} == {n}


def test_a_thread_records_only_in_a_copy_of_the_context() -> None:
    with record() as run:
        alone = threading.Thread(target=last)
        bound = threading.Thread(target=contextvars.copy_context().run, args=(last,))
        for thread in (alone, bound):
            thread.start()
            thread.join()
    assert len(run.steps) == 1


def test_a_step_called_by_a_step_is_part_of_it() -> None:
    @step(process="A", focus="", outcome="")
    def outer() -> None:
        count("abc")

    with record() as run:
        outer()
    assert [step.name for step in run.steps] == ["outer"]
    assert run.steps[0].evidence == {"n": 3}


def test_a_finished_run_does_not_change() -> None:
    with record() as run:
        make()
        context = contextvars.copy_context()
        with pytest.raises(TwoTracksError, match="still going on"):
            run.to_json()
    with pytest.raises(TwoTracksError, match="the run is over"):
        context.run(last)
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.steps = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        run.steps[0].evidence["text"] = "other"  # type: ignore[index]
    assert len(run.steps) == 1


def test_evidence_is_json_and_is_left_once() -> None:
    @step(process="A", focus="", outcome="")
    def leave(**facts: Any) -> None:
        evidence(**facts)
        evidence(**facts)

    for fact, message in [
        (object(), "object is not a JSON value"),
        (float("nan"), "finite"),
        ({1: 2}, "not a string"),
        (1, "was left before"),
    ]:
        with pytest.raises(TwoTracksError, match=message):
            leave(a=fact)
    with pytest.raises(TwoTracksError, match="belongs in a step"):
        evidence(a=1)


def test_a_temporary_workspace_is_gone_and_a_given_one_is_kept(tmp_path: Path) -> None:
    seen: list[Path] = []

    @step(process="A", focus="", outcome="")
    def look(workspace: Path = from_run()) -> None:
        seen.append(workspace)

    with record():
        look()
    assert not seen[0].exists()
    with record(workspace=tmp_path / "kept"):
        look()
    assert seen[1] == (tmp_path / "kept").resolve()
    assert seen[1].exists()


def test_what_steps_started_is_stopped_at_the_end_last_first() -> None:
    stopped: list[int] = []

    @step(process="A", focus="", outcome="")
    def start(n: int, workspace: Path = from_run()) -> None:
        at_end(lambda: stopped.append(n) if workspace.exists() else None)

    with record():
        start(1)
        start(2)
    assert stopped == [2, 1]


def test_a_workspace_that_cannot_be_written_to(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with (
        pytest.raises(TwoTracksError, match="cannot write to the workspace"),
        record(workspace=file),
    ):
        pass


def test_an_artifact_must_be_a_file_in_the_workspace(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("x")

    @step(process="A", focus="", outcome="")
    def keep(path: Path) -> None:
        artifact(path)

    with record(on_failure="keep") as run:
        keep(outside)
    assert "not in the run's workspace" in run.steps[0].reason
    with record(on_failure="keep") as run:
        keep(tmp_path / "missing")
    assert "cannot read the artifact" in run.steps[0].reason


def test_verify_holds_for_what_is_there(tmp_path: Path) -> None:
    with record(workspace=tmp_path) as run:
        make()
    assert verify(run, tmp_path) == ("make:text.txt", "make.text")
    assert verify(Run.from_json(run.to_json()), tmp_path)


@given(forged=st.text(max_size=8).filter(lambda text: text != "hello"))
def test_verify_catches_forged_evidence(
    tmp_path_factory: pytest.TempPathFactory, forged: str
) -> None:
    folder = tmp_path_factory.mktemp("forged")
    with record(workspace=folder) as run:
        make()
    lie = dataclasses.replace(
        run, steps=(dataclasses.replace(run.steps[0], evidence={"text": forged}),)
    )
    with pytest.raises(TwoTracksError, match=r"make\.text: recorded as"):
        verify(lie, folder)


def test_verify_catches_a_changed_file_and_evidence_nobody_can_compute(tmp_path: Path) -> None:
    with record(workspace=tmp_path) as run:
        make()
        count()
    (tmp_path / "text.txt").write_text("other")
    with pytest.raises(TwoTracksError) as caught:
        verify(run, tmp_path)
    assert "make:text.txt: the file's SHA-256 is" in str(caught.value)
    assert "make.text: recorded as 'hello', found 'other'" in str(caught.value)
    assert "count.n: " in str(caught.value)
    assert "has no @count.recompute function" in str(caught.value)


def test_verify_compares_a_record_with_what_the_step_declares(tmp_path: Path) -> None:
    with record(workspace=tmp_path) as run:
        make()
    state = StateChange("Model", "Deployed")
    for changes in ({"sets": state}, {"process": "B"}, {"name": "other"}, {"gate": True}):
        lie = dataclasses.replace(run, steps=(dataclasses.replace(run.steps[0], **changes),))
        with pytest.raises(TwoTracksError, match=r"not what tests\.test_record:make declares"):
            verify(lie, tmp_path)


def test_verify_reports_damage_and_does_not_stumble(tmp_path: Path) -> None:
    with record(workspace=tmp_path) as run:
        make()
    odd = dataclasses.replace(run.steps[0], artifacts=(Artifact("\0", "0" * 64, 1),))
    with pytest.raises(TwoTracksError, match="cannot read the artifact"):
        verify(dataclasses.replace(run, steps=(odd,)), tmp_path)
    (tmp_path / "text.txt").unlink()
    with pytest.raises(TwoTracksError, match="cannot be computed again: FileNotFoundError"):
        verify(run, tmp_path)


def test_verify_does_not_import_what_a_run_names(tmp_path: Path) -> None:
    with record(workspace=tmp_path) as run:
        make()
    named = dataclasses.replace(run, steps=(dataclasses.replace(run.steps[0], function="this:s"),))
    with pytest.raises(TwoTracksError, match="import this first"):
        verify(named, tmp_path)
    assert "this" not in sys.modules


@given(
    plan=st.lists(
        st.sampled_from(["make", "judge", "broken", "last", "count", "forgetful"]), max_size=8
    ),
    text=st.sampled_from(["good", "bad"]),
)
def test_in_every_run_states_have_evidence_and_nothing_runs_after_a_failure(
    plan: list[str], text: str
) -> None:
    calls: dict[str, Callable[[], object]] = {
        "make": lambda: make(text),
        "judge": judge,
        "broken": broken,
        "last": last,
        "count": count,
        "forgetful": forgetful,
    }
    with record(on_failure="keep") as run:
        for name in plan:
            calls[name]()
    assert len(run.steps) == len(plan)
    stopped: set[str] = set()
    for n, kept in enumerate(run.steps, start=1):
        before = {name: run.state(name, n - 1) for name in run.variables}
        after = {name: run.state(name, n) for name in run.variables}
        if before != after:
            assert kept.passed
            assert kept.rests_on
            assert set(kept.rests_on) <= set(kept.evidence)
        if kept.process in stopped:
            assert kept.status == "skipped"
        if not kept.passed:
            stopped.add(kept.process)
    assert Run.from_json(run.to_json()) == run

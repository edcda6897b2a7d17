"""A run in a file is the run: every number is the lab's own, and nothing else goes along."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convnext_viz.data import DataSpec
from convnext_viz.lab import Lab, recorded
from convnext_viz.lab.recorded import export as exporting
from convnext_viz.lab.recorded import form
from convnext_viz.lab.recorded.export import export
from convnext_viz.text import use_language
from convnext_viz.train import Recipe
from convnext_viz.train.verdict import compared
from tests.lab.forked import RECIPE, Forks, experiment, until

ROOT = Path(__file__).parents[2]
PATH = re.compile(r"(?<![\w:/])(/|~|[A-Z]:\\\\)\w+[/\\]|/(home|tmp|work|root|Users)\b")
ME = "recorded-twins"


@contextmanager
def at_home(home: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVNEXT_VIZ_HOME", str(home))
        yield


@dataclass(frozen=True)
class Made:
    """A lab with a finished run, and the file made of it."""

    lab: Lab
    run: str
    file: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Iterator[Made]:
    home = tmp_path_factory.mktemp("lab")
    with at_home(home):
        lab = Lab(home, launcher=forks)
        run = lab.submit(experiment())
        until(lambda: lab.status(run).state == "finished")
        file = home / "recorded" / "twins.safetensors"
        file.parent.mkdir()
        export(lab, run, file)
        yield Made(lab, run, file)
    forks.end()


def same(ours: object, theirs: object) -> None:
    """Two records of numpy arrays hold the same."""
    assert type(ours) is type(theirs)
    for field in fields(ours):  # type: ignore[arg-type]
        a, b = getattr(ours, field.name), getattr(theirs, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        else:
            assert a == b


def test_everything_read_back_is_what_the_lab_has(made: Made) -> None:
    lab, run = made.lab, made.run
    for ours, theirs in zip(lab.metrics(ME), lab.metrics(run), strict=True):
        same(ours, theirs)
    for seed in (0, 3):
        for a, b in zip(lab.internals(ME, seed), lab.internals(run, seed), strict=True):
            same(a, b)
        for label in ("LN", "BN"):
            pictures = lab.confusion(ME, label, seed)
            assert pictures is not None and pictures.sum() == 40
            np.testing.assert_array_equal(pictures, lab.confusion(run, label, seed))
    assert lab.verdict(ME) == lab.verdict(run)
    assert lab.differences(ME, "BN") == lab.differences(run, "BN")
    assert lab.events(ME) == lab.events(run)
    assert lab.table(ME) == lab.table(run)
    here, there = lab.status(ME), lab.status(run)
    other = {"id": ME, "number": here.number, "size": 0, "recorded": True}
    assert here == replace(there, **other)  # type: ignore[arg-type]
    assert lab.clone(ME) == lab.clone(run)
    (environment,), (original,) = lab.environments(ME), lab.environments(run)
    assert environment == {**original, "system": environment["system"]}
    assert original["system"].startswith(environment["system"])
    assert lab.probe_images(ME, 0) is None  # no picture, and nothing said of one


def test_steps_are_left_out_and_none_is_changed(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "STEPS", 25)
    monkeypatch.setattr(exporting, "LOOKS", 2)
    thin = made.file.with_name("thin.safetensors")
    export(made.lab, made.run, thin)
    metadata = recorded.about("recorded-thin")
    assert (metadata.every, metadata.looks) == (5, 3)
    for ours, theirs in zip(
        made.lab.metrics("recorded-thin"), made.lab.metrics(made.run), strict=True
    ):
        expected = {1, *range(5, 121, 5), *theirs.test_step}
        assert set(ours.step) == expected
        at = np.searchsorted(theirs.step, ours.step)
        for name in ("epoch", "images", "seconds", "lr", "loss", "accuracy", "grad_norm"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name)[at])
        np.testing.assert_array_equal(ours.test_accuracy, theirs.test_accuracy)
        assert len(made.lab.metrics("recorded-thin", points=500)[0].step) == len(expected)
    (look, *_), (original, *_) = (made.lab.internals(r, 0) for r in ("recorded-thin", made.run))
    assert set(look.step) < set(original.step) and {1, original.step[-1]} <= set(look.step)
    assert made.lab.verdict("recorded-thin") == made.lab.verdict(made.run)
    thin.unlink()


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.5, 0.77, 0.999])
def test_a_moment_is_the_run_as_it_stood(made: Made, share: float) -> None:
    original = made.lab.metrics(made.run)
    lasted = {c.seed: c.seconds[-1] for c in original}
    moment = share * sum(lasted.values())
    left = {0: moment, 3: moment - lasted[0]}
    assert recorded.about(ME).duration == pytest.approx(sum(lasted.values()))
    lab = made.lab
    now, curves = lab.status(ME, moment=moment), lab.metrics(ME, moment=moment)
    found, events = lab.differences(ME, moment=moment), lab.events(ME, moment=moment)
    confusions = [lab.confusion(ME, "LN", s, moment=moment) is not None for s in (0, 3)]
    looks = [lab.internals(ME, seed, moment=moment) for seed in (0, 3)]
    assert (now.recorded, now.moment) == (True, moment)
    assert lab.status(ME).state == "finished"  # a moment is of who asks for it
    steps = {c.seed: int((c.seconds <= left[c.seed]).sum()) for c in original}
    assert (now.state, now.step) == ("running", steps[now.seed])
    assert now.seeds_done == (left[0] >= lasted[0])
    for curve in curves:
        theirs = next(c for c in original if (c.label, c.seed) == (curve.label, curve.seed))
        np.testing.assert_array_equal(curve.step, theirs.step[: steps[curve.seed]])
        np.testing.assert_array_equal(curve.loss, theirs.loss[: steps[curve.seed]])
        assert list(curve.test_step) == [s for s in theirs.test_step if s <= steps[curve.seed]]
    assert {c.seed for c in curves} == {seed for seed, count in steps.items() if count}
    done = [seed for seed in (0, 3) if left[seed] >= lasted[seed]]
    ends = {
        label: {
            c.seed: float(c.ema_accuracy[-1])
            for c in original
            if c.label == label and c.seed in done
        }
        for label in ("LN", "BN")
    }
    assert found == compared(ends, "LN", resolution=1 / 40)
    assert confusions == [seed in done for seed in (0, 3)]
    assert all(
        look.step[-1] <= steps[s] for s, of in zip((0, 3), looks, strict=True) for look in of
    )
    kinds = [event.kind for event in events]
    assert "finished" not in kinds and kinds.count("seed_done") == len(done)


def test_the_last_moment_is_the_whole_run(made: Made) -> None:
    end = recorded.about(ME).duration
    assert made.lab.status(ME, moment=end).state == "finished"
    assert made.lab.verdict(ME, moment=end) == made.lab.verdict(made.run)
    ours = made.lab.status(made.run, moment=0.0)  # one that trained here is as it stands
    assert (ours.state, ours.recorded, ours.moment) == ("finished", False, None)


def test_recorded_runs_are_runs(made: Made) -> None:
    runs = made.lab.runs()
    assert [run.id for run in runs if run.recorded][-1] == ME
    assert [run.recorded for run in runs] == sorted(run.recorded for run in runs)
    assert next(run for run in runs if run.id == ME) == made.lab.status(ME)
    assert not any(run.recorded for run in made.lab.expendable(cap=0))
    for change in (made.lab.pause, made.lab.pin, made.lab.delete):
        with pytest.raises(ValueError, match="no run"):
            change(ME)


def test_no_path_goes_along_and_pictures_need_a_name(made: Made, tmp_path: Path) -> None:
    for half in ("train", "test"):
        for label, value in (("dark", 20), ("light", 230)):
            for number in range(8):
                file = tmp_path / "mine" / half / label / f"{number}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (16, 16), (value, number, 0)).save(file)
    data = DataSpec(kind="folder", path=str(tmp_path / "mine"), image_size=16)
    requested = experiment(data=data, recipe=Recipe(batch_size=8, epochs=2, warmup_epochs=0))
    two = tuple(replace(arm, spec=replace(arm.spec, num_classes=2)) for arm in requested.arms)
    run = made.lab.submit(replace(requested, arms=two, seeds=(0,)))
    until(lambda: made.lab.status(run).state == "finished")
    file = made.file.with_name("mine.safetensors")
    with pytest.raises(ValueError, match="--pictures"):
        export(made.lab, run, file)
    assert not file.exists()
    export(made.lab, run, file, pictures="Dark and light")
    assert recorded.about("recorded-mine").data == "Dark and light"
    assert made.lab.clone("recorded-mine").data == replace(data, path="Dark and light")
    export(made.lab, run, file, pictures="Dark and light", same_as="cifar10")
    assert made.lab.clone("recorded-mine").data == replace(data, kind="cifar10", path="")
    assert str(tmp_path).encode() not in file.read_bytes()
    assert not PATH.search(json.dumps(form.about(file)))
    file.unlink()


def test_an_unfinished_run_cannot_be_recorded(made: Made, tmp_path: Path) -> None:
    run = made.lab.submit(experiment(recipe=replace(RECIPE, epochs=500)))
    made.lab.stop(run)
    with pytest.raises(ValueError, match="finished"):
        export(made.lab, run, tmp_path / "half.safetensors")
    until(lambda: made.lab.status(run).state == "stopped")
    made.lab.delete(run)


def test_a_damaged_file_is_a_sentence_and_the_others_are_read(made: Made) -> None:
    bad = made.file.with_name("bad.safetensors")
    for content in (b"", b"not this", made.file.read_bytes()[:-50]):
        bad.write_bytes(content)
        with use_language("en"), pytest.raises(ValueError, match=r"bad\.safetensors is no"):
            made.lab.metrics("recorded-bad")
        assert [run.id for run in made.lab.runs()][-1] == ME
        assert len(recorded.read()[1]) == 1
    bad.unlink()
    assert recorded.read()[1] == ()


def test_weights_are_asked_for_in_vain(made: Made) -> None:
    with pytest.raises(ValueError, match="no weights"):
        made.lab.network(ME, "LN")
    for name in ("recorded-nothing", "recorded-../../etc/passwd", "recorded-"):
        with pytest.raises(ValueError, match="no run"):
            made.lab.status(name)


def test_the_command_makes_the_same_file(made: Made, tmp_path: Path) -> None:
    file = tmp_path / "again.safetensors"
    command = [sys.executable, "-m", "convnext_viz.lab.recorded", made.run, str(file)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert file.read_bytes() == made.file.read_bytes()
    assert f"{file.stat().st_size:,} bytes" in printed.stdout
    wrong = subprocess.run(
        [*command[:3], "nothing", str(file)], cwd=ROOT, capture_output=True, text=True
    )
    assert wrong.returncode == 1 and "no run" in wrong.stderr and "Traceback" not in wrong.stderr

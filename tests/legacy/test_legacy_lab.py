"""The lab's folder that release 0.1.0 left opens as it did: its database, its checkpoints, a
recording made of it, and the runs that were not done go on."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from tests.legacy import opening
from tests.legacy.conftest import FILES, told
from tests.legacy.told import curve_told, fields_of, plain, run_numbers, tensors_told

LAB = told("lab.expected.json")
IDS = {name: numbers["status"]["id"] for name, numbers in LAB["runs"].items()}
RECORDED = told("recorded.expected.json")
PATIENCE = 180  # seconds


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Part by part, so that a failure says where."""
    assert found.keys() == expected.keys()
    for part, value in expected.items():
        if part == "verdicts":  # a quantile of Student's t, then by bisection, now by scipy
            assert len(found[part]) == len(value)
            for now, before in zip(found[part], value, strict=True):
                assert digits(now) == digits({name: before[name] for name in now}), part
        else:
            assert found[part] == value, part


def digits(value: Any) -> Any:
    """Every float of a JSON value to twelve digits after the point."""
    if isinstance(value, dict):
        return {name: digits(one) for name, one in value.items()}
    if isinstance(value, list):
        return [digits(one) for one in value]
    return round(value, 12) if isinstance(value, float) else value


@pytest.mark.parametrize("name", LAB["runs"])
def test_all_that_was_recorded_of_a_run(name: str, home: Path) -> None:
    same(run_numbers(opening.lab(home), IDS[name]), LAB["runs"][name])


def test_the_shelf_is_in_its_order_and_what_was_chosen_is_remembered(home: Path) -> None:
    lab = opening.lab(home)
    assert [run.id for run in lab.runs() if not run.recorded] == LAB["order"]
    assert fields_of(lab.remembered(), LAB["remembered"]) == LAB["remembered"]
    assert lab.places() == LAB["places"]
    asked = lab.clone(IDS["finished"])
    assert asked.labels == ("LN", "BN") and asked.specs["BN"].norm == "batch"


@pytest.mark.parametrize("row", LAB["networks"], ids=lambda r: f"{r['run']} {r['label']}")
def test_an_arm_answers_as_its_checkpoint_made_it(row: dict[str, Any], home: Path) -> None:
    found = opening.lab(home).network(IDS[row["run"]], row["label"], row["seed"])
    x = torch.from_numpy(np.load(FILES / "lab.input.npy"))
    logits = found.net(x).detach().numpy()
    np.testing.assert_allclose(logits, row["logits"], rtol=1e-4, atol=1e-4)
    assert plain([found.preprocess.mean, found.preprocess.image_size]) == row["preprocess"]
    (file,) = (home / "checkpoints" / IDS[row["run"]]).glob(f"{row['seed']}-*")
    kept = load_file(file)  # no door of the library
    averaged = any(key.startswith(f"{row['label']}/average/") for key in kept)
    assert averaged == (row["run"] != "diverged")
    prefix = f"{row['label']}/{'average' if averaged else 'net'}/"
    state = {key.removeprefix(prefix): v for key, v in kept.items() if key.startswith(prefix)}
    assert tensors_told(state) == row["tensors"]
    mine = found.net.state_dict()
    assert mine.keys() == state.keys()
    for name, value in state.items():
        np.testing.assert_array_equal(mine[name].numpy(), value)


@pytest.mark.slow
def test_what_was_interrupted_and_what_was_queued_go_on(home: Path) -> None:
    """From the checkpoint, not anew; the numbers are those that release 0.1.0 came to."""
    lab = opening.lab(home, works=True)
    try:
        lab.resume(IDS["interrupted"])
        for name in ("interrupted", "queued"):
            end = time.monotonic() + PATIENCE
            while lab.status(IDS[name]).state != "finished":
                assert time.monotonic() < end, lab.status(IDS[name])
                time.sleep(0.2)
    finally:
        lab.close()
    events = [(e.kind, e.seed, e.step) for e in lab.events(IDS["interrupted"])]
    begun = len(LAB["runs"]["interrupted"]["events"])
    assert events[begun : begun + 3] == [
        ("resumed", None, None),
        ("seed_started", 1, 5),
        ("seed_done", 1, 12),
    ]
    found = [curve_told(curve) for curve in lab.metrics(IDS["interrupted"])]
    for ours, theirs in zip(found, told("resumed.expected.json")["curves"], strict=True):
        exact = ("label", "seed", "steps", "tests", "step", "epoch", "images", "lr")
        assert [ours[name] for name in exact] == [theirs[name] for name in exact]
        # Two dozen steps on another processor: close, not equal.
        for name in ("loss", "test_loss"):
            np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=0.01)
    assert lab.status(IDS["queued"]).seeds_done == 2


def test_a_recording(home: Path) -> None:
    assert "recorded-norms" in opening.recorded_ids()
    found = opening.recording("recorded-norms")
    assert fields_of(found, RECORDED["about"]) == RECORDED["about"]
    assert plain(dict(found.environment)) == RECORDED["environment"]
    same(run_numbers(opening.lab(home), "recorded-norms"), RECORDED["runs"])
    # What was exported is what the lab has.
    for ours, theirs in zip(
        RECORDED["runs"]["curves"], LAB["runs"]["finished"]["curves"], strict=True
    ):
        assert ours == theirs


def test_speeds_without_a_machine_are_not_quoted_and_are_measured_anew(home: Path) -> None:
    """Release 0.1.0 did not write down on which machine it had measured them."""
    lab = opening.lab(home)
    lab.pause(IDS["queued"])  # no worker measures while a run waits
    assert opening.known_speeds(home) == {} and len(LAB["speeds"]) == 3
    assert not opening.measure_speed(home)
    names = [opening.ask_again(home, json.loads(row[1])) for row in LAB["speeds"]]
    assert not set(names) & {row[0] for row in LAB["speeds"]}
    while opening.measure_speed(home):
        pass
    assert opening.known_speeds(home).keys() == set(names)


def test_the_pictures_that_were_kept_are_those_that_are_drawn(home: Path) -> None:
    file = home / "data" / "shapes-32-20-8.safetensors"
    kept = load_file(file)
    data = opening.data({"train": 32, "test": 20, "image_size": 8})
    drawn = opening.drawn(data)
    for half, images, labels in (
        ("train", drawn.train_images, drawn.train_labels),
        ("test", drawn.test_images, drawn.test_labels),
    ):
        np.testing.assert_array_equal(images.permute(0, 2, 3, 1).numpy(), kept[half])
        np.testing.assert_array_equal(labels.numpy(), kept[f"{half}_labels"])
    assert len(np.unique(kept["train"])) > 100

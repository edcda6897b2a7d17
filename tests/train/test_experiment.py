"""Experiments: grids, what they refuse, JSON, costs; and the data they name."""

import dataclasses
import json
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convnext_viz.data import sources
from convnext_viz.data.home_folder import home
from convnext_viz.data.sources import DataSpec, facts, load
from convnext_viz.nets import build
from convnext_viz.specs import CIFAR, FAMILIES, field_names
from convnext_viz.train import Recipe, experiment
from convnext_viz.train.experiment import Experiment, costs, for_data, grid
from tests.lab.test_store import as_a_visitor

BASE = CIFAR["cifar_ln_gelu"]


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path / "home"))


def test_the_grid_is_the_four_published_nets():
    arms = grid(BASE, {"norm": ["batch", "layer"], "act": ["relu", "gelu"]})
    assert [arm.label for arm in arms] == ["BN · ReLU", "BN · GELU", "LN · ReLU", "LN · GELU"]
    for arm, name in zip(arms, ("bn_relu", "bn_gelu", "ln_relu", "ln_gelu"), strict=True):
        assert dataclasses.replace(arm.spec, name=f"cifar_{name}") == CIFAR[f"cifar_{name}"]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("kernel_size", [3, (3, 5, 7)]),
        ("depthwise", [True, False]),
        ("expansion", [2.0, 4.0]),
        ("patch_size", [1, 2, 4]),
        ("layer_scale", [None, 1e-6, 1.0]),
        ("grn", [False, True]),
        ("drop_path_rate", [0.0, 0.3]),
        ("depths", [(1, 1, 1), (2, 2, 6)]),
        ("dims", [(16, 32, 64), (48, 96, 192)]),
        ("norm_eps", [1e-6, 1e-3]),
    ],
)
def test_any_field_is_a_factor(field, values):
    arms = grid(BASE, {field: values})
    assert [getattr(arm.spec, field) for arm in arms] == values
    assert len({arm.label for arm in arms}) == len(values)


def test_no_factor_is_the_base_alone():
    assert grid(BASE, {}) == (experiment.Arm(BASE.name, BASE),)


@pytest.mark.parametrize("field", ["name", "colour"])
def test_what_no_network_has_is_no_factor(field):
    with pytest.raises(ValueError, match=f"{field}.*kernel_size"):
        grid(BASE, {field: [1]})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "name"),
        ({"arms": ()}, "0 variants"),
        ({"arms": (("a", BASE), ("a", BASE))}, "“a”"),
        ({"arms": (("", BASE),)}, "label"),
        ({"seeds": ()}, "seeds"),
        ({"seeds": (-1,)}, "-1"),
        ({"seeds": (True,)}, "True"),
        ({"seeds": (3, 3)}, "twice"),
    ],
)
def test_what_is_no_experiment_is_refused(changes, words):
    full = {"name": "x", "arms": (("a", BASE),), **changes}
    with pytest.raises(ValueError, match=words):
        Experiment(**full)


@given(
    seeds=st.lists(st.integers(0, 10**9), min_size=1, max_size=5, unique=True),
    name=st.text(min_size=1, max_size=50).filter(str.strip),
    act=st.sampled_from(["gelu", "silu"]),
    lr=st.floats(1e-5, 1.0),
    train=st.none() | st.integers(1, 1000),
)
def test_json_there_and_back(seeds, name, act, lr, train):
    full = Experiment(
        name=name,
        arms=grid(BASE, {"act": [act, "relu"], "kernel_size": [(3, 3, 3), 7]}),
        data=DataSpec(train=train),
        recipe=Recipe(lr=lr),
        seeds=tuple(seeds),
    )
    text = json.dumps(experiment.to_dict(full))
    assert experiment.from_dict(json.loads(text)) == full
    assert all(len(arm) == 2 for arm in json.loads(text)["arms"])  # as releases before wrote it


@pytest.mark.parametrize(
    "values",
    [{}, {"name": "x"}, {"name": "x", "arms": 3}, {"name": "x", "arms": [["a", {"b": 1}]]}],
)
def test_json_that_is_no_experiment_is_a_sentence(values):
    with pytest.raises(ValueError, match=r"experiment|field"):
        experiment.from_dict(values)


def test_costs_are_the_nets():
    full = Experiment(name="x", arms=grid(BASE, {"grn": [False, True]}))
    for cost, arm in zip(costs(full, facts(full.data)), full.arms, strict=True):
        assert cost.label == arm.label
        assert cost.params == sum(p.numel() for p in build(arm.spec).parameters())


def test_a_batch_of_one_is_said_before_the_run_where_a_norm_needs_more():
    arms = grid(BASE, {"norm": ["layer", "batch"]})
    full = Experiment(name="x", arms=arms, recipe=Recipe(batch_size=1))
    with pytest.raises(ValueError, match=r"BN has batch norm.*one image"):
        costs(full, facts(full.data))
    assert costs(dataclasses.replace(full, arms=arms[:1]), facts(full.data))
    single = dataclasses.replace(full, recipe=Recipe(), data=DataSpec(train=1))
    with pytest.raises(ValueError, match="one image"):
        costs(single, facts(single.data))


def test_a_network_for_other_classes_is_said_and_can_be_fitted():
    full = Experiment(name="x", arms=(("a", BASE),), data=DataSpec(kind="cifar100"))
    with pytest.raises(ValueError, match="num_classes=100"):
        costs(full, facts(full.data))
    assert costs(for_data(full, 100), facts(full.data))[0].macs > 0


@pytest.mark.parametrize(
    "changes",
    [{"kind": "mnist"}, {"kind": "folder"}, {"train": 0}, {"image_size": 5000}, {"test": 1.5}],
)
def test_data_that_cannot_be_is_refused(changes):
    with pytest.raises(
        ValueError, match=next(iter(changes)) if "kind" not in changes else "kind|path"
    ):
        DataSpec(**changes)


def forget():
    """As if this were another process."""
    sources._loaded.cache_clear()
    sources._read.cache_clear()


def picture_folder(place, counts):
    from PIL import Image

    for half, count in counts.items():
        for label in "ab":
            (place / half / label).mkdir(parents=True)
            for i in range(count):
                shade = (i * 9, 0 if label == "a" else 200, 40)
                Image.new("RGB", (8, 8), shade).save(place / half / label / f"{i}.png")


def test_shapes_are_drawn_once_and_read_again():
    data = DataSpec(train=50, test=20, image_size=16)
    first = load(data)
    forget()
    saved = list((home() / "data").iterdir())
    assert len(saved) == 1
    again = load(data)
    assert again is not first
    assert again.train_images.is_contiguous(memory_format=torch.channels_last)
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        assert torch.equal(getattr(first, name), getattr(again, name))
    assert (again.mean, again.std) == (first.mean, first.std)
    forget()
    saved[0].write_bytes(b"cut")
    assert torch.equal(load(data).train_images, first.train_images)


def test_some_of_a_folder(tmp_path):
    picture_folder(tmp_path, {"train": 12, "test": 6})
    data = DataSpec(kind="folder", path=str(tmp_path), train=10, image_size=8)
    some = load(data)
    assert (len(some.train_images), len(some.test_images)) == (10, 12)
    green = some.train_images[:, 1, 0, 0]
    assert torch.equal(green > 100, some.train_labels == 1)
    assert facts(data).classes == 2
    forget()
    assert torch.equal(load(data).train_images, some.train_images)


def test_a_folder_is_read_once_for_all_who_ask_until_it_changes(tmp_path):
    place = tmp_path / "pictures"
    picture_folder(place, {"train": 12, "test": 6})
    forget()

    def ask(count):
        return load(DataSpec(kind="folder", path=str(place), train=count, image_size=8))

    with ThreadPoolExecutor(6) as visitors:
        found = list(visitors.map(ask, [3, 5, 7, 9, 11, None] * 2))
    assert [len(data.train_images) for data in found] == [3, 5, 7, 9, 11, 24] * 2
    assert sources._read.cache_info().misses == 1
    shutil.copy(place / "train" / "a" / "0.png", place / "train" / "a" / "new.png")
    os.utime(place / "train" / "a", (1, 1))  # a clock that was set back is a change as well
    assert len(ask(None).train_images) == 25


def test_a_folder_is_kept_for_the_next_process_until_a_file_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path / "home"))
    place = tmp_path / "pictures"
    picture_folder(place, {"train": 12, "test": 6})
    data = DataSpec(kind="folder", path=str(place), image_size=8)
    first = load(data)
    forget()
    with monkeypatch.context() as without:
        without.setattr("PIL.Image.open", None)  # not one picture is opened again
        again = load(data)
    assert again is not first
    assert (again.name, again.classes, again.mean, again.std, again.skipped) == (
        first.name, first.classes, first.mean, first.std, first.skipped,
    )  # fmt: skip
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        assert torch.equal(getattr(first, name), getattr(again, name))
    assert again.train_images.is_contiguous(memory_format=torch.channels_last)
    forget()
    (place / "train" / "a" / "3.png").write_bytes(b"no picture any more")  # under the same name
    changed = load(data)
    assert (len(changed.train_images), changed.skipped) == (23, 1)
    assert len(list((home() / "data").iterdir())) == 1


def test_the_labs_own_files_do_not_make_official_pictures_be_read_again(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    data = DataSpec(kind="cifar10")
    folder = home() / "data" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    before = sources._stamp(data)
    os.utime(tmp_path, (1, 1))
    os.utime(folder.parent, (1, 1))
    assert sources._stamp(data) == before
    os.utime(folder, (1, 1))
    assert sources._stamp(data) != before


def test_data_that_is_not_there_says_what_to_do():
    with pytest.raises(ValueError, match="CIFAR10"):
        load(DataSpec(kind="cifar10"))


def test_pictures_that_may_not_be_read_are_a_sentence():
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        picture_folder(place, {"train": 2, "test": 2})
        place.chmod(0o755)
        (place / "train" / "a").chmod(0)
        with as_a_visitor(), pytest.raises(ValueError, match="cannot be read"):
            load(DataSpec(kind="folder", path=folder))


def test_every_factor_of_a_family_is_a_field_with_legal_values():
    for family in FAMILIES.values():
        base = family.bases[0]
        assert set(family.factors) < set(field_names(base))
        for field, values in family.factors.items():
            if not isinstance(getattr(base, field), tuple):
                assert len(grid(base, {field: values})) == len(values) > 1

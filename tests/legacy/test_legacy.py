"""JSON and weights that release 0.1.0 wrote open as they did: specs, experiments, recipes, data,
preprocessing, files of weights, bundled cards, manifests of maps."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.legacy import opening
from tests.legacy.conftest import told
from tests.legacy.told import fields_of, plain, tensors_told

SPECS = told("specs.json")
WEIGHTS = told("weights/expected.json")
MAPS = told("maps/expected.json")
CARDS = told("bundled.expected.json")
NEAR = {"rtol": 1e-4, "atol": 1e-4}  # another processor sums in another order


def is_as_told(spec: Any, values: Mapping[str, Any]) -> None:
    """Every field that the file names has its value; later fields may have come."""
    assert fields_of(spec, values) == values


@pytest.mark.parametrize("row", SPECS["whole"], ids=lambda row: f"{row['kind']} {row['name']}")
def test_a_spec_is_the_same_network_with_the_same_counts(row: dict[str, Any]) -> None:
    spec = opening.spec(row["spec"])
    is_as_told(spec, row["spec"])
    known = opening.named(row["kind"], row["name"])
    assert known is None or spec == known
    assert hash(spec) == hash(opening.spec(row["spec"]))
    whole = opening.counted(spec, row["image_size"])
    found = {"params": whole.params, "macs": whole.macs, "field": whole.receptive_field}
    stages = [[s.name, list(s.out_shape), s.params, s.macs] for s in whole.stages]
    assert found == {name: row["expected"][name] for name in found}
    assert row["expected"]["stages"] in (None, plain(stages))


def test_a_spec_written_by_hand_and_one_of_a_link() -> None:
    partial, query = SPECS["partial"], SPECS["query"]
    is_as_told(opening.spec(partial["values"]), partial["expected"])
    is_as_told(opening.linked(query["base"], query["query"]), query["expected"])


@pytest.mark.parametrize(
    ("file", "door"),
    [
        ("recipes.json", opening.recipe),
        ("data.json", opening.data),
        ("preprocess.json", opening.preprocess),
    ],
)
def test_every_field_of_a_description(file: str, door: Callable[[Any], Any]) -> None:
    for row in told(file):
        is_as_told(door(row["values"]), row["expected"])


@pytest.mark.parametrize("row", told("experiments.json"), ids=["plain", "all"])
def test_an_experiment(row: dict[str, Any]) -> None:
    asked, expected = opening.experiment(row["values"]), row["expected"]
    assert list(asked.labels) == [label for label, _ in expected["arms"]]
    for spec, (_, values) in zip(asked.specs.values(), expected["arms"], strict=True):
        is_as_told(spec, values)
    is_as_told(asked.data, expected["data"])
    is_as_told(asked.recipe, expected["recipe"])
    assert fields_of(asked, ("seeds", "description")) == {
        name: expected[name] for name in ("seeds", "description")
    }
    assert opening.costs(asked) == expected["costs"]


def pictures(files: Path, channels: int = 3) -> torch.Tensor:
    return torch.from_numpy(np.load(files / "weights" / "input.npy"))[:, :channels]


@pytest.mark.parametrize("name", sorted(WEIGHTS.keys() - {"bare"}))
@pytest.mark.parametrize("whole", [True, False], ids=["path", "bytes"])
def test_a_file_of_weights(name: str, whole: bool, files: Path) -> None:
    file, expected = files / "weights" / f"{name}.safetensors", WEIGHTS[name]
    found = opening.load_checkpoint(file if whole else file.read_bytes())
    is_as_told(found.spec, expected["spec"])
    assert fields_of(found, ("labels", "licence", "source")) == {
        key: expected[key] for key in ("labels", "licence", "source")
    }
    how = dict(told("preprocess.json")[1]["expected"])
    if found.spec.in_chans == 1:  # three numbers for one channel fitted no picture: their means do
        how |= {name: [pytest.approx(np.mean(how[name]))] for name in ("mean", "std")}
    is_as_told(found.preprocess, how)
    assert opening.fingerprint(found.net) == expected["fingerprint"]
    logits = found.net(pictures(files, found.spec.in_chans)).detach().numpy()
    np.testing.assert_allclose(logits, expected["logits"], **NEAR)
    assert np.ptp(logits) > 0.1  # a net that answers


@pytest.mark.parametrize("name", sorted(WEIGHTS.keys() - {"bare"}))
def test_the_files_are_what_they_were_by_torch_alone(name: str, files: Path) -> None:
    """No door of the library: the tensors in the file, and a net in plain PyTorch made of them by
    the source that release 0.1.0 gave for it."""
    state = load_file(files / "weights" / f"{name}.safetensors")
    for tensor, (shape, size) in WEIGHTS[name]["tensors"].items():
        assert list(state[tensor].shape) == shape
        assert float(state[tensor].double().abs().sum()) == pytest.approx(size, rel=1e-9)
    assert state.keys() == WEIGHTS[name]["tensors"].keys()
    space: dict[str, Any] = {"__name__": "source"}
    exec((files / "weights" / f"{name}.py.txt").read_text(encoding="utf-8"), space)
    (made,) = [space[one] for one in ("ConvNeXt", "ResNet") if one in space]
    net = made().eval()
    space["load_weights"](net, {key: value.float() for key, value in state.items()})
    channels = WEIGHTS[name]["spec"]["in_chans"]
    logits = net(pictures(files, channels)).detach().numpy()
    np.testing.assert_allclose(logits, WEIGHTS[name]["logits"], **NEAR)


def test_weights_that_bring_no_description(files: Path) -> None:
    found = opening.load_checkpoint(files / "weights" / "bare.pth")
    is_as_told(found.spec, WEIGHTS["bare"]["spec"])
    np.testing.assert_allclose(
        found.net(pictures(files)).detach().numpy(), WEIGHTS["small"]["logits"], **NEAR
    )
    plainly = torch.load(files / "weights" / "bare.pth", weights_only=True)["model"]
    assert tensors_told(plainly) == WEIGHTS["small"]["tensors"]


@pytest.mark.parametrize("name", sorted(CARDS))
def test_the_card_of_a_bundled_model(name: str, files: Path, tmp_path: Path) -> None:
    shutil.copy(files / "bundled" / f"{name}.json", tmp_path)
    (tmp_path / f"{name}.safetensors").touch()  # a card is one only beside its weights
    card, expected = opening.load_card(name, tmp_path), dict(CARDS[name])
    expected.pop("logits", None)
    is_as_told(card.spec, expected.pop("spec"))
    is_as_told(card.preprocess, expected.pop("preprocess"))
    is_as_told(opening.recipe(card.recipe), expected.pop("recipe"))
    assert fields_of(card, expected) == expected
    if name != "small":  # the one that ships now was trained anew
        assert opening.load_card(name).accuracy > card.accuracy


def test_a_bundled_model_of_ones_own(files: Path) -> None:
    found = opening.load_bundled("small", files / "bundled")
    assert list(found.labels) == CARDS["small"]["classes"]
    logits = found.net(pictures(files)).detach().numpy()
    np.testing.assert_allclose(logits, CARDS["small"]["logits"], **NEAR)


@pytest.mark.parametrize("name", sorted(MAPS))
def test_a_manifest_makes_its_map_again(name: str, files: Path) -> None:
    manifest, expected = files / "maps" / f"{name}.json", dict(MAPS[name])
    given: dict[str, Any] = {}
    network = told(f"maps/{name}.json")["network"]
    if network["kind"] == "checkpoint":
        given = {"image": files / "maps" / "waves.png"}
        given["weights"] = files / "weights" / "small.safetensors"
        labels = opening.load_checkpoint(given["weights"]).labels
    else:  # trained anew since: that is said, and whoever has kept the weights gives them
        with pytest.raises(ValueError, match="checksums differ"):
            opening.reproduce(manifest)
        given = {"weights": files / "weights" / f"{network['name']}.safetensors"}
        labels = opening.load_bundled(network["name"]).labels
    for form in (manifest, manifest.read_bytes(), told(f"maps/{name}.json")):
        found = opening.reproduce(form, **given)
        values = np.array(expected["values"], np.float32)
        np.testing.assert_allclose(found.values, values, rtol=1e-3, atol=1e-4)
        assert found.score == pytest.approx(expected["score"], rel=1e-4)
        assert found.label(labels) == expected["label"]
        names = ("method", "stage", "target", "against")
        assert fields_of(found, names) == {key: expected[key] for key in names}
    assert np.ptp(values) > 1e-3

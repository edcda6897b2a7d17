"""What checkpoints and configurations state of classes and images: as those who wrote them mean."""

import io
import json
from argparse import Namespace
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from convnext_viz.data import preprocess
from convnext_viz.nets import Preprocess, WeightsError, build, load_checkpoint
from convnext_viz.nets.checkpoints.stated import read_beside, stated
from convnext_viz.nets.checkpoints.usual import usual_preprocess, usual_side
from convnext_viz.specs import CIFAR, VARIANTS, default_size

SMALL = replace(CIFAR["cifar_ln_gelu"], depths=(1, 1, 1), dims=(8, 12, 16), num_classes=3)


def saved(whole: Any) -> bytes:
    file = io.BytesIO()
    torch.save(whole, file)
    return file.getvalue()


def test_named_networks_get_the_side_they_were_made_for() -> None:
    assert {name: usual_side(spec) for name, spec in VARIANTS.items()} == {
        name: default_size(spec) for name, spec in VARIANTS.items()
    }
    assert usual_side(replace(VARIANTS["convnext_tiny"], patch_size=2)) == 64  # Tiny-ImageNet's


@pytest.mark.parametrize(
    ("whole", "labels"),
    [
        ({"class_to_idx": {"b": 1, "a": 0, "c": 2}}, ("a", "b", "c")),
        ({"hyper_parameters": {"idx_to_class": {0: "x", 1: "y", 2: "z"}}}, ("x", "y", "z")),
        ({"meta": {"CLASSES": ("p", "q", "r")}}, ("p", "q", "r")),
        ({"args": Namespace(class_names=["k", "l", "m"])}, ("k", "l", "m")),
        ({"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}, ()),  # no names
        ({"classes": 3, "class_to_idx": {"a": 0}}, ()),  # of another network
    ],
)
def test_class_names_wherever_training_scripts_put_them(
    whole: dict[str, Any], labels: tuple[str, ...]
) -> None:
    assert stated(whole, 3).labels == labels


def test_one_output_has_the_name_of_label_one_first() -> None:
    assert stated({"class_to_idx": {"cat": 0, "dog": 1}}, 1).labels == ("dog", "cat")
    assert read_beside("names.txt", b"cat\ndog", 1).labels == ("dog", "cat")
    assert read_beside("names.txt", b"tumour", 1).labels == ("tumour",)


def test_timms_configuration_is_timms() -> None:
    from timm.data import create_transform, resolve_data_config
    from timm.models import get_pretrained_cfg

    config = get_pretrained_cfg("convnext_tiny.fb_in22k_ft_in1k_384")
    assert config is not None
    text = json.dumps({"architecture": "convnext_tiny", "pretrained_cfg": config.to_dict()})
    said = read_beside("config.json", text.encode(), 1000).preprocess
    image = Image.effect_noise((500, 420), 60).convert("RGB")
    expected = create_transform(**resolve_data_config({}, pretrained_cfg=config.to_dict()))(image)
    np.testing.assert_allclose(preprocess(image, Preprocess(**said))[0][0], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("config", "size", "crop", "mode", "filter_"),
    [  # ConvNeXt's, ViT's and CLIP's image processors, as the hub has them
        ({"size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3},
         (224, 224), 0.875, "center", "bicubic"),
        ({"size": {"shortest_edge": 384}, "crop_pct": 0.875, "resample": 3},
         (384, 384), 1.0, "squash", "bicubic"),
        ({"size": {"height": 96, "width": 128}, "resample": 2},
         (96, 128), 1.0, "squash", "bilinear"),
        ({"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224},
          "do_center_crop": True, "resample": 1}, (224, 224), 0.875, "center", "lanczos"),
    ],
)  # fmt: skip
def test_transformers_image_processors(
    config: dict[str, Any], size: tuple[int, int], crop: float, mode: str, filter_: str
) -> None:
    config |= {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.2, 0.1], "do_resize": True}
    said = read_beside("preprocessor_config.json", json.dumps(config).encode(), 1000).preprocess
    assert Preprocess(**said) == Preprocess(
        mean=(0.5, 0.4, 0.3),
        std=(0.2, 0.2, 0.1),
        image_size=size,
        crop_fraction=crop,
        crop_mode=mode,  # type: ignore[arg-type]
        interpolation=filter_,  # type: ignore[arg-type]
    )


def test_numbers_from_0_to_255_and_what_is_not_normalised() -> None:
    mean, std = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
    constants = {"norm.mean": torch.tensor(mean).view(1, 3, 1, 1), "norm.std": torch.tensor(std)}
    assert stated(constants, 3).preprocess["mean"] == pytest.approx((0.485, 0.456, 0.406))
    config = {"image_mean": mean, "image_std": std, "do_rescale": False}
    found = stated(config, 3).preprocess
    assert found["std"] == pytest.approx((0.229, 0.224, 0.225))
    plain = {"do_resize": True, "do_normalize": False, "image_mean": [1, 1, 1]}
    assert stated(plain, 3).preprocess["std"] == (1.0, 1.0, 1.0)


def test_a_checkpoint_brings_its_names_and_its_images(tmp_path: Path) -> None:
    state = build(SMALL, seed=0).state_dict()
    whole = {
        "state_dict": OrderedDict(state),
        "class_to_idx": {"ant": 0, "bee": 1, "cow": 2},
        "args": Namespace(img_size=40, mean=[0.1, 0.2, 0.3], std=[0.3, 0.2, 0.1], crop_pct=0.9),
    }
    found = load_checkpoint(saved({**whole, "args": vars(whole["args"])}))
    assert found.labels == ("ant", "bee", "cow")
    assert found.preprocess == Preprocess(
        mean=(0.1, 0.2, 0.3), std=(0.3, 0.2, 0.1), image_size=(40, 40), crop_fraction=0.9
    )
    assert {"labels", "mean", "std", "image_size", "crop_fraction"} == set(found.stated)

    file = tmp_path / "weights.pth"
    file.write_bytes(saved(state))
    assert load_checkpoint(file).labels == () and load_checkpoint(file).stated == ()
    assert load_checkpoint(file).preprocess.image_size == (32, 32)  # assumed
    (tmp_path / "class_to_idx.json").write_text('{"x": 2, "y": 1, "z": 0}')
    (tmp_path / "config.json").write_text("[broken")
    assert load_checkpoint(file).labels == ("z", "y", "x")
    (tmp_path / "config.json").write_text('{"hidden_act": "relu", "id2label": {"0": "LABEL_0"}}')
    assert load_checkpoint(file).spec.act == "relu" and "act" in load_checkpoint(file).stated
    assert load_checkpoint(file, given={"act": "gelu"}).spec.act == "gelu"


@pytest.mark.parametrize("channels", [1, 2, 4, 7])
def test_images_in_other_channels_are_pillows(channels: int) -> None:
    how = usual_preprocess(replace(SMALL, in_chans=channels))
    image = Image.effect_noise((90, 60), 80).convert("RGB")
    image.putpixel((30, 30), (250, 10, 20))
    x, shown = preprocess(image, how)
    assert x.shape == (1, channels, 32, 32) and shown.mode == "RGB"
    seen = x[0] * torch.tensor(how.std)[:, None, None] + torch.tensor(how.mean)[:, None, None]
    colour = image.resize((48, 32), Image.Resampling.BICUBIC).crop((8, 0, 40, 32))
    grey = image.convert("L").resize((48, 32), Image.Resampling.BICUBIC).crop((8, 0, 40, 32))
    rgb = np.asarray(colour).transpose(2, 0, 1) / 255
    alpha = np.ones((1, 32, 32))
    expected = {
        1: np.asarray(grey)[None] / 255,
        2: np.concatenate([np.asarray(grey)[None] / 255, alpha]),
        4: np.concatenate([rgb, alpha]),
        7: np.concatenate([rgb, rgb, rgb[:1]]),
    }[channels]
    np.testing.assert_allclose(seen.numpy(), expected, atol=1e-6)


def test_what_is_no_configuration_is_said() -> None:
    with pytest.raises(WeightsError, match="says nothing of classes or images"):
        read_beside("config.json", b'{"model_type": "bert", "hidden_size": 4}', 3)
    with pytest.raises(WeightsError, match="There are 2 class names, but the network has 3"):
        read_beside("class_to_idx.json", b'{"a": 0, "b": 1}', 3)
    with pytest.raises(WeightsError, match="cannot be read as JSON"):
        read_beside("config.json", b"[" * 100_000, 3)


@pytest.mark.parametrize(
    "odd",
    [
        {"mean": torch.tensor(0.8), "std": torch.tensor(0.1)},  # of a metric
        {"target_mean": [1.0, 2.0, 3.0], "target_std": [1.0, 1.0, 1.0]},
        {"mean": [0.5] * 3, "std": [0.0] * 3},
        {"image_mean": [0.5] * 3, "image_std": [0.5] * 2, "rescale_factor": "1/255"},
        {"img_size": -3, "crop_pct": 7, "interpolation": "random", "input_size": ["a", 2, None]},
        {"do_resize": True, "size": {"shortest_edge": None}, "resample": 99},
        {"image_size": 10**9, "mean": [float("nan")] * 3, "std": [1, 1, 1]},
    ],
)
def test_what_means_something_else_states_nothing(odd: dict[str, Any]) -> None:
    assert stated({"meta": odd}, 3).preprocess == {}

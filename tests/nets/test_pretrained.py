"""Published weights by their tag, from a hub on loopback that serves timm's own files."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import timm
import torch

from convnext_viz.nets import WeightsError, load_pretrained, pretrained_tags
from convnext_viz.nets.checkpoints.pretrained import imagenet_labels
from convnext_viz.specs import DEIT, SWIN, SWIN_V2, VARIANTS, VIT
from tests.fresh_hub_library import started_with
from tests.hub_server import Hub, serving
from tests.nets.weights import randomise

PUBLISHED = re.compile(
    r"(test_)?convnext|resnet(18|26|34|50|101|152|200)\.|wide_resnet|resnext50_32x4d\.|"
    r"resnext101_(32|64)x\d+d\.|repvgg_"
)
TAG = "test_convnext.r160_in1k"
NET = randomise(timm.create_model("test_convnext"))
X = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def hub() -> Iterator[Hub]:
    weights = safetensors.torch.save(NET.state_dict())
    with serving(Hub(files={f"timm/{TAG}/model.safetensors": weights})) as running:
        yield running


def test_every_tag_of_our_architectures_that_timm_publishes_is_listed() -> None:
    tokens = VIT | DEIT | SWIN | SWIN_V2
    published = [
        name
        for name in timm.list_models(pretrained=True)
        if (PUBLISHED.match(name) or name.partition(".")[0] in tokens)
        and timm.get_pretrained_cfg(name).hf_hub_id
    ]
    assert list(pretrained_tags()) == published and len(published) > 180


@pytest.mark.parametrize("name", ["convnext_tiny", "convnextv2_atto", "convnext_zepto_rms_ols"])
def test_a_tag_counts_what_timms_network_has(name: str) -> None:
    params = sum(p.numel() for p in timm.create_model(name).parameters())
    for tag in pretrained_tags().values():
        if tag.spec.name == name and tag.spec.num_classes == 1000:
            assert (tag.params, tag.size, tag.classes) == (params, 4 * params, 1000)


def test_tags_say_what_their_outputs_are() -> None:
    tags = pretrained_tags()
    assert tags["convnext_tiny.in12k"].classes == 11821
    assert tags["convnext_base.clip_laion2b"].classes == 0  # an embedding of 640 numbers
    assert tags["convnext_base.clip_laion2b"].spec.num_classes == 640
    assert tags["convnext_tiny.dinov3_lvd1689m"].spec.num_classes == 0
    assert tags["convnextv2_atto.fcmae_ft_in1k"].licence == "cc-by-nc-4.0"
    assert tags["convnext_tiny.in12k_ft_in1k_384"].preprocess.crop_mode == "squash"
    assert tags["convnext_tiny.in12k_ft_in1k_384"].preprocess.image_size == (384, 384)


def test_loaded_weights_give_timms_logits(hub: Hub, tmp_path: Path) -> None:
    reported: list[tuple[int, int]] = []
    loaded = load_pretrained(
        TAG,
        lambda done, total: reported.append((done, total)),
        endpoint=hub.url,
        cache_dir=tmp_path,
    )
    with torch.inference_mode():
        ours, theirs = loaded.net(X), NET(X)
    assert (ours - theirs).abs().max() <= 1e-4 * theirs.abs().max()
    assert loaded.spec == VARIANTS["test_convnext"]
    assert len(loaded.labels) == 1000 and loaded.labels[1] == "goldfish"
    assert loaded.preprocess.image_size == (160, 160)
    assert loaded.preprocess.mean == (0.5, 0.5, 0.5)
    assert loaded.licence == "apache-2.0" and loaded.source.endswith(f"timm/{TAG}")
    assert reported and reported[-1][0] == reported[-1][1]
    assert not any(p.requires_grad for p in loaded.net.parameters()) and not loaded.net.training


def test_an_old_repository_has_only_a_pickle(hub: Hub, tmp_path: Path) -> None:
    torch.save(NET.state_dict(), tmp_path / "weights")
    hub.files = {f"timm/{TAG}/pytorch_model.bin": (tmp_path / "weights").read_bytes()}
    loaded = load_pretrained(TAG, endpoint=hub.url, cache_dir=tmp_path / "cache")
    with torch.inference_mode():
        torch.testing.assert_close(loaded.net(X), NET(X), rtol=1e-4, atol=1e-4)


def test_a_masked_autoencoder_becomes_a_net_of_features(hub: Hub, tmp_path: Path) -> None:
    theirs = randomise(timm.create_model("convnextv2_atto", num_classes=0))
    encoder = {k: v for k, v in theirs.state_dict().items() if not k.startswith("head.")}
    hub.files = {"timm/convnextv2_atto.fcmae/model.safetensors": safetensors.torch.save(encoder)}
    loaded = load_pretrained("convnextv2_atto.fcmae", endpoint=hub.url, cache_dir=tmp_path)
    with torch.inference_mode():
        ours, features = loaded.net(X), theirs.forward_features(X).mean([-2, -1])
    assert (ours - features).abs().max() <= 1e-4 * features.abs().max()
    assert loaded.spec == replace(VARIANTS["convnextv2_atto"], num_classes=0, head_norm="none")
    assert loaded.labels == ()


@pytest.mark.parametrize(
    "content",
    [
        b"<html>Please log in to this network</html>",
        safetensors.torch.save(NET.state_dict())[:100_000],
        safetensors.torch.save({"stem.0.weight": torch.ones(3)}),
        safetensors.torch.save(
            {k: v.contiguous() for k, v in timm.create_model("test_convnext2").state_dict().items()}
        ),
    ],
    ids=["web page", "truncated", "something else", "another net"],
)
def test_wrong_content_is_refused_and_not_cached(hub: Hub, tmp_path: Path, content: bytes) -> None:
    good, hub.files = hub.files, {f"timm/{TAG}/model.safetensors": content}
    with pytest.raises(WeightsError, match="was deleted"):
        load_pretrained(TAG, endpoint=hub.url, cache_dir=tmp_path)
    hub.files = good
    assert load_pretrained(TAG, endpoint=hub.url, cache_dir=tmp_path).labels


def test_an_unknown_tag_is_refused_with_similar_ones() -> None:
    with pytest.raises(WeightsError, match=r"convnext_tiny\.fb_in1k"):
        load_pretrained("convnext_tiny.fb_in1")


@pytest.mark.parametrize("classes", [1000, 11821, 21841])
def test_class_names_are_one_each_in_timms_order(classes: int) -> None:
    names = imagenet_labels(classes)
    assert len(set(names)) == len(names) == classes
    if classes == 1000:
        assert names[281] == "tabby"
        assert names[134].startswith("crane: ") and names[517].startswith("crane: ")


def test_other_numbers_of_classes_have_no_names() -> None:
    assert imagenet_labels(640) == imagenet_labels(0) == imagenet_labels(10) == ()


def test_the_hubs_own_variables_are_obeyed(hub: Hub, tmp_path: Path) -> None:
    """A mirror and a cache, as people set them; then the cache alone, with the hub switched off."""
    home = {"HF_HOME": str(tmp_path), "HF_ENDPOINT": hub.url}
    for offline in ({}, {"HF_HUB_OFFLINE": "1"}):
        with started_with(**home, **offline):
            loaded = load_pretrained(TAG)
        assert (loaded.spec.name, len(loaded.labels)) == ("test_convnext", 1000)
    assert [m for m, path, _ in hub.requests if "resolve" in path].count("GET") == 1


def test_the_offline_switch_gives_the_error_of_a_missing_network(hub: Hub, tmp_path: Path) -> None:
    there = {"HF_HOME": str(tmp_path), "HF_ENDPOINT": hub.url}
    with (
        started_with(**there, HF_HUB_OFFLINE="1"),
        pytest.raises(WeightsError, match="The Hugging Face Hub cannot be reached"),
    ):
        load_pretrained(TAG)
    assert not hub.requests

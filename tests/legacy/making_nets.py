"""Weights, cards and maps among the files of release 0.1.0 (see ``make``)."""

import math
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from convnext_viz.explain import attribute, manifest, preprocess, read_image, sample_image
from convnext_viz.nets import (
    Card,
    build,
    fingerprint,
    load_bundled,
    load_card,
    load_checkpoint,
    save_bundled,
    save_net,
    source,
)
from convnext_viz.plans import plan
from convnext_viz.results import map_of
from convnext_viz.specs import to_dict
from convnext_viz.train import Recipe
from convnext_viz.train import recipe as recipes
from tests.legacy.make import FILES, NETS, OWN, write
from tests.legacy.told import fields_of, plain, tensors_told


def make_weights() -> None:
    """Each kind of network with weights that are none of the first ones, and what it answers."""
    folder = FILES / "weights"
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, 3, 16, 16, generator=generator)
    np.save(folder / "input.npy", x.numpy())
    expected = {}
    for name, spec in NETS.items():
        net = build(spec, seed=0)
        with torch.no_grad():
            for value in net.parameters():
                value.add_(0.2 * torch.randn(value.shape, generator=generator))
            net.train()(torch.randn(8, spec.in_chans, 16, 16, generator=generator))  # running means
        net.eval()
        file = folder / f"{name}.safetensors"
        told = {"labels": ("ant", "bee", "猫")} if spec.num_classes else {}
        card = {"licence": "MIT", "source": "made by hand", "note": {"any": [1, None]}}
        save_net(net, spec, file, preprocess=OWN, half=name in ("v2", "odd"), **told, **card)
        again = load_checkpoint(file)
        (folder / f"{name}.py.txt").write_text(source(spec), encoding="utf-8")
        expected[name] = {
            "spec": to_dict(spec),
            "labels": list(again.labels),
            "licence": again.licence,
            "source": again.source,
            "fingerprint": fingerprint(again.net),
            "tensors": tensors_told(load_file(file)),
            "logits": again.net(x[:, : spec.in_chans]).tolist(),
        }
    torch.save({"model": load_file(folder / "small.safetensors")}, folder / "bare.pth")
    bare = load_checkpoint(folder / "bare.pth")
    expected["bare"] = {"spec": to_dict(bare.spec), "logits": bare.net(x).tolist()}
    write("weights/expected.json", expected)


def make_cards() -> None:
    """The cards that ship today, and a model of our own as ``save_bundled`` writes one."""
    here = FILES / "bundled"
    here.mkdir()
    expected = {}
    small = load_checkpoint(FILES / "weights" / "small.safetensors")
    card = Card(
        name="small",
        spec=small.spec,
        classes=small.labels,
        preprocess=OWN,
        recipe=recipes.to_dict(Recipe()),
        data="drawn",
        seed=3,
        epochs=1.5,
        command="none",
        accuracy=0.75,
        confusion=((2, 0, 0), (0, 1, 0), (1, 0, 0)),
        licence="MIT",
        params=plan(small.spec, 32).params,
    )
    save_bundled(small.net, card, here)
    for name in ("cifar10_ln_gelu", "cifar10_bn_relu"):
        shipped = Path(load_card.__globals__["_FOLDER"]) / f"{name}.json"
        shutil.copy(shipped, here)
    for name in ("cifar10_ln_gelu", "cifar10_bn_relu", "small"):
        one = load_card(name) if name != "small" else load_card(name, here)
        names = ("name", "classes", "data", "seed", "epochs", "command", "accuracy", "confusion")
        expected[name] = fields_of(one, (*names, "licence", "params"))
        expected[name] |= {"spec": to_dict(one.spec), "recipe": plain(dict(one.recipe))}
        expected[name]["preprocess"] = plain(asdict(one.preprocess))
    loaded = load_bundled("small", here)
    x = torch.from_numpy(np.load(FILES / "weights" / "input.npy"))
    expected["small"]["logits"] = loaded.net(x).tolist()
    write("bundled.expected.json", expected)


def make_manifests() -> None:
    """Maps with what they were made of: of the app's own picture and of a file."""
    folder = FILES / "maps"
    folder.mkdir()
    axis = np.arange(40)
    wave = np.sin(axis[:, None] / 5) * np.cos(axis[None, :30] / 7)
    pixels = np.stack([128 + 100 * wave, axis[:, None] + 3 * axis[None, :30], 90 - 80 * wave], -1)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / "waves.png")
    own = read_image((folder / "waves.png").read_bytes())
    small, ln = load_checkpoint(FILES / "weights" / "small.safetensors"), "cifar10_ln_gelu"
    chelsea, bundled = ("chelsea", sample_image("chelsea")), (load_bundled(ln), ("bundled", ln))
    waves, checkpoint = ("waves", own), (small, ("checkpoint", "small"))
    expected = {}
    for name, (picture, image), (net, of), method, stage, more in (
        ("grad_cam", chelsea, bundled, "grad_cam", "stage2", {}),
        ("layer_cam", waves, checkpoint, "layer_cam", "stage1", {}),
        ("smooth_grad", waves, checkpoint, "smooth_grad", "image", {"samples": 4, "seed": 3}),
        ("occlusion", waves, checkpoint, "occlusion", "image", {"window": 10}),
    ):
        x, _ = preprocess(image, net.preprocess)
        asked = {"stage": stage, "target": 1, "against": 2, "labels": net.labels}
        found = map_of(attribute(net.net, x, method, **asked, **more))
        known = {"network": of, "picture": picture, "parameters": more}
        write(f"maps/{name}.json", manifest(found, image, net, **known), indent=1)
        told = fields_of(found, ("method", "stage", "target", "against", "label", "score"))
        expected[name] = told | {"values": found.values.tolist()}
        assert math.isfinite(found.score) and found.values.any()
    write("maps/expected.json", expected)

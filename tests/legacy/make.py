"""The files that later releases must open, made once and kept: this script ran with release
0.1.0's code (commit 8d67edf) and stays for the record; it need not run with later code.

``python -m tests.legacy.make`` wrote ``tests/legacy/files``: specs, experiments, recipes, data and
preprocessing as JSON; weights, cards and manifests of maps (``making_nets``); a lab
(``making_lab``); the links of four pages (``making_links``). Beside each stands what this release
made of it: ``*.expected.json`` or an entry "expected".
"""

import json
import shutil
from dataclasses import asdict, fields, replace
from pathlib import Path

import torch

from convnext_viz import __version__
from convnext_viz.nets import Preprocess
from convnext_viz.plans import plan
from convnext_viz.specs import CIFAR, FIELDS, RESNET, VARIANTS, NetSpec, roadmap, to_dict, to_query
from convnext_viz.train import DataSpec, Experiment, Recipe, grid, sources
from convnext_viz.train import experiment as experiments
from convnext_viz.train import recipe as recipes
from tests.legacy.told import fields_of, plain

FILES = Path(__file__).parent / "files"
SMALL = NetSpec(
    name="small",
    depths=(1, 2),
    dims=(4, 8),
    num_classes=3,
    kernel_size=(5, 3),
    layer_scale=0.1,
    drop_path_rate=0.1,
)
ODD = replace(
    SMALL,
    name="odd 奇",
    stem="overlap_act",
    norm="simple",
    norm_eps=1e-5,
    act="silu",
    head_hidden=6,
    drop_rate=0.25,
    head_init_scale=0.5,
    layer_scale=None,
    expansion=2.5,
    grn=True,
)
CLASSIC = replace(RESNET["resnet50"], name="classic", depths=(1, 1), dims=(4, 8), num_classes=3)
NETS = {
    "small": SMALL,
    "v2": replace(SMALL, name="v2", grn=True, layer_scale=None, head_norm="before_pool"),
    "classic": CLASSIC,
    "odd": ODD,
    "grey": replace(SMALL, name="grey", in_chans=1, num_classes=0, norm="rms", act="gelu_tanh"),
}
OWN = Preprocess(
    mean=(0.4, 0.5, 0.6),
    std=(0.25, 0.2, 0.3),
    image_size=(32, 24),
    crop_fraction=0.9,
    interpolation="bilinear",
    crop_mode="squash",
)


def write(name: str, content: object, *, indent: int | None = None) -> None:
    """A JSON file among the others."""
    file = FILES / name
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=indent)
    file.write_text(text + "\n", encoding="utf-8")


def make_specs() -> None:
    """Every named network, every step of both roadmaps, and some that nobody named."""
    named = [("variant", name, spec) for name, spec in VARIANTS.items()]
    named += [
        (f"roadmap {regime}", step.key, step.spec)
        for regime in ("resnet50", "resnet200")
        for step in roadmap(regime)
    ]
    named += [("own", name, spec) for name, spec in NETS.items()]
    rows = []
    for kind, name, spec in named:
        size = 32 if kind == "own" or name in CIFAR else 224
        whole = plan(spec, size)
        expected = {"params": whole.params, "macs": whole.macs, "field": whole.receptive_field}
        stages = [[s.name, list(s.out_shape), s.params, s.macs] for s in whole.stages]
        expected["stages"] = stages if kind == "own" else None
        told = {"kind": kind, "name": name, "image_size": size}
        rows.append(told | {"spec": to_dict(spec), "expected": expected})
    partial = {"depths": [2, 2], "dims": [8, 16], "norm": "batch", "layer_scale": None}
    base = VARIANTS["convnext_tiny"]
    changed = replace(base, kernel_size=(31, 29, 27, 13), layer_scale=None, act="relu", grn=True)
    write(
        "specs.json",
        {
            "whole": rows,
            "partial": {"values": partial, "expected": to_dict(NetSpec(**partial))},
            "query": {
                "base": base.name,
                "query": to_query(changed, base),
                "expected": to_dict(changed),
            },
        },
    )
    assert set(rows[0]["spec"]) == set(FIELDS)


def make_plain() -> None:
    """Recipes, data, preprocessing and experiments."""
    exotic = Recipe(
        optimizer="sgd",
        lr=0.05,
        min_lr=0.01,
        weight_decay=0.0005,
        betas=(0.8, 0.99),
        grad_clip=2.5,
        batch_size=96,
        epochs=7.5,
        warmup_epochs=2,
        label_smoothing=0.2,
        crop_padding=3,
        flip=False,
        rand_augment=5.0,
        rand_augment_spread=1.5,
        rand_augment_ops=3,
        cutout=8,
        random_erasing=0.4,
        mixup=0.3,
        cutmix=0.7,
        mix_probability=0.6,
        ema_decay=0.99,
        bf16=True,
        channels_last=False,
        evaluate_every=0.25,
    )
    rows = [(recipes.to_dict(r), r) for r in (Recipe(), exotic)]
    rows.append(({"lr": 0.01, "epochs": 3}, Recipe(lr=0.01, epochs=3)))  # as a person writes it
    names = [field.name for field in fields(Recipe)]
    write("recipes.json", [{"values": v, "expected": fields_of(r, names)} for v, r in rows])

    data = [
        DataSpec(),
        DataSpec(train=3000, test=500, image_size=24),
        DataSpec(kind="cifar10"),
        DataSpec(kind="cifar100", path="pictures", train=100),
        DataSpec(kind="batches", path="batches"),
        DataSpec(kind="folder", path="birds 鸟", image_size=64),
    ]
    rows = [(sources.to_dict(d), d) for d in data] + [({"kind": "cifar10"}, data[2])]
    names = [field.name for field in fields(DataSpec)]
    write("data.json", [{"values": v, "expected": fields_of(d, names)} for v, d in rows])

    rows = [(plain(asdict(p)), p) for p in (Preprocess(), OWN)] + [({}, Preprocess())]
    names = [field.name for field in fields(Preprocess)]
    write("preprocess.json", [{"values": v, "expected": fields_of(p, names)} for v, p in rows])

    arms = grid(CIFAR["cifar_ln_gelu"], {"norm": ["batch", "rms"], "kernel_size": [3, (3, 5, 7)]})
    asked = [
        Experiment(name="plain", arms=(("a", CIFAR["cifar_bn_relu"]),)),
        Experiment(
            name="all of it 全部",
            arms=(*arms, ("ResNet corner", replace(CLASSIC, num_classes=10))),
            data=data[1],
            recipe=exotic,
            seeds=(0, 7, 2**40),
            description="Does the norm matter?",
        ),
    ]
    rows = [
        {
            "values": experiments.to_dict(one),
            "expected": {
                "arms": [[label, to_dict(spec)] for label, spec in one.arms],
                "data": sources.to_dict(one.data),
                "recipe": recipes.to_dict(one.recipe),
                "costs": [
                    [cost.label, cost.params, cost.macs]
                    for cost in experiments.costs(one, sources.facts(one.data))
                ],
                "seeds": list(one.seeds),
                "description": one.description,
            },
        }
        for one in asked
    ]
    write("experiments.json", rows)


def main() -> None:
    """All files anew."""
    assert __version__ == "0.1.0"
    torch.set_num_threads(1)
    shutil.rmtree(FILES, ignore_errors=True)
    FILES.mkdir()
    make_specs()
    make_plain()
    from tests.legacy import making_lab, making_links, making_nets

    making_nets.make_weights()
    making_nets.make_cards()
    making_nets.make_manifests()
    making_lab.make(FILES)
    making_links.make(FILES)


if __name__ == "__main__":
    main()

"""Links among the files of release 0.1.0 (see ``make``): what its pages write into the address
after a visitor has set them, and what they show of it."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from convnext_viz.train import Lab
from tests.legacy.make import write
from tests.legacy.opening import Nobody
from tests.legacy.visits import choice, choose, numbers, opened, query

# (page, name, link to start from, what is chosen in turn, what else must be restored)
Visit = tuple[str, str, dict[str, str], dict[str, Any], tuple[str, ...]]


def visits(finished: str) -> list[Visit]:
    """Several widgets of each page; ``finished`` is the lab's finished run."""
    lab = f"run:{finished}:3:BN"
    return [
        (
            "architecture",
            "a changed CIFAR net",
            {"net": "cifar_bn_relu", "layer_scale": "null"},
            {
                "size": 48,
                "versus": "cifar_ln_gelu",
                "colour": "params",
                "stage": "stage2",
                "table": True,
                "search": "pwconv1",
                "kernel_size~knob": "3, 7, 5",
                "norm~knob": "rms",
                "grn~knob": True,
                "expansion~knob": 2.5,
                "head_hidden~knob": 64,
            },
            ("net", "layer_scale~knob", "dims~knob", "code", "base"),
        ),
        (
            "architecture",
            "plain networks compared",
            {},
            {"net": "resnet50", "versus": "convnext_tiny", "code": True},
            ("size", "stem~knob", "bottleneck~knob", "conv_bias~knob"),
        ),
        (
            "architecture",
            "a layer",
            {"at": "stage3.blocks.0.body.pwconv1", "drop_path_rate": "0.25"},
            {"norm_eps~knob": 1e-5, "head_init_scale~knob": 0.5, "downsample~knob": "in_block"},
            ("net", "stage", "part", "layer", "drop_path_rate~knob"),
        ),
        (
            "block",
            "one operation",
            {},
            {"net": "convnextv2_atto", "stage": "stage3", "block": 5, "op": "grn", "channel": 7},
            ("section", "image"),
        ),
        (
            "block",
            "norms",
            {"section": "norm"},
            {"norms": "others", "batch": 3, "shows": "after", "cell_c": 2},
            ("section",),
        ),
        ("block", "running averages", {"section": "norm"}, {"eval": True}, ("norms",)),
        ("block", "ways", {"section": "ways"}, {"n": 16}, ("section",)),
        ("block", "convolutions", {"section": "conv"}, {"width": "stage3"}, ("section",)),
        ("block", "bottlenecks", {"section": "bottleneck"}, {"at": "stage4"}, ("section",)),
        ("block", "activations", {"section": "act", "acts": "relu,silu"}, {"x": 1.5}, ("acts",)),
        ("block", "gamma", {"section": "scale"}, {"gamma": -2.0, "learned": True}, ()),
        (
            "block",
            "stochastic depth",
            {"section": "drop"},
            {"rate": 0.6, "samples": 8, "depth": "cifar_ln_gelu"},
            ("section",),
        ),
        (
            "explain",
            "a class against another",
            {},
            {
                "sample": "coffee",
                "bundled": "cifar10_bn_relu",
                "class_of_10": 3,
                "against_of_10": 5,
                "stage_of_4": "stage2",
                "opacity": 80,
                "method": "layer_cam",
            },
            ("view", "picture_kind", "net_kind"),
        ),
        (
            "explain",
            "integrated gradients",
            {},
            {"method": "integrated_gradients", "steps": 100},
            ("class_of_10",),
        ),
        ("explain", "shuffled weights", {"shuffle": "on"}, {"opacity": 30}, ("shuffle",)),
        ("explain", "all maps on one scale", {"view": "grid"}, {"colours": "shared"}, ("view",)),
        (
            "explain",
            "a channel",
            {"view": "features", "excite_set": "shapes"},
            {
                "stage_of_4": "stage2",
                "order": "number",
                "scale": "stage",
                "channel_of_stage2_96": 17,
                "excite_count": 100,
            },
            ("view", "part", "excite_set"),
        ),
        (
            "explain",
            "a field",
            {"view": "field", "side": "64"},
            {"stage_of_4": "stage2", "row_of_stage2_16": 3, "column_of_stage2_16": 5},
            ("view",),
        ),
        (
            "explain",
            "twins compared",
            {"view": "compare", "class": "0"},
            {"compare_method": "layer_cam", "compare_stage_of_4": "stage2", "compare_each": "own"},
            ("view", "models"),
        ),
        (
            "explain",
            "an arm of the lab and its test picture",
            {"net": lab},
            {"picture_kind": "test", "opacity": 30},
            ("net_kind", "lab_run", "lab_arm", "lab_seed", "set"),
        ),
        ("train", "a run", {"run": finished}, {"section": "confusion"}, ("view", "last")),
        ("train", "a recorded run", {"run": "recorded-norms"}, {}, ("view", "last")),
        ("train", "a shipped recording", {"run": "recorded-norm-act"}, {}, ("view", "last")),
        ("train", "the shelf", {"view": "shelf"}, {"filter": "norms"}, ("view",)),
    ]


def make(files: Path) -> None:
    """Each link with what it must restore."""
    told = json.loads((files / "lab.expected.json").read_text(encoding="utf-8"))
    ids = {name: numbers["status"]["id"] for name, numbers in told["runs"].items()}
    home = Path(tempfile.mkdtemp()) / "lab"
    shutil.copytree(files / "lab", home)
    shutil.copytree(files / "recorded", home / "recorded")
    Lab(home, workplace=Nobody()).pause(ids["queued"])
    os.environ["CONVNEXT_VIZ_HOME"] = str(home)
    rows = []
    for page, name, link, chosen, more in visits(ids["finished"]):
        app = opened(page, link)
        for one, value in chosen.items():
            choose(app, page, one, value)
        for one in (*chosen, *more):
            choice(app, page, one)
        address = query(app)
        friend = opened(page, address)  # another visitor: what a link cannot hold is left out
        held = {one: choice(friend, page, one) for one in (*chosen, *more)}
        lost = {one for one, value in chosen.items() if held.get(one, value) != value}
        row = {"page": page, "name": name, "link": address, "held": held}
        rows.append(row | {"numbers": numbers(friend) if page == "architecture" else {}})
        for one in lost:
            del held[one]  # as no link of this release holds it
    write("links.json", rows, indent=1)

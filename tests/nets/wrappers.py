"""What training scripts put around a network's weights, drawn at random."""

import argparse
import pathlib
from collections import OrderedDict, defaultdict
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor

PREFIXES = (
    *(
        "module",
        "_orig_mod",
        "model",
        "net",
        "backbone",
        "encoder",
        "_forward_module",
        "timm_model",
    ),
    *(
        "feature_extractor",
        "encoder_q",
        "base_model",
        "student",
        "0",
        "my_net",
        "convnext",
        "layers",
    ),
)
INSIDE = ("module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "base_layer")
KEYS = (
    *("model", "state_dict", "module", "net_state_dict", "weights", "best_model", "params", "mine"),
    *("network", "checkpoint", "student", "generator_of_features", "0"),
)
AVERAGED = ("model_ema", "ema", "params_ema", "state_dict_ema", "ema_model", "swa_model", "EMA")
BESIDE = {  # names of what no network of ours has
    "criterion.weight": torch.ones(5),
    "class_weights": torch.ones(5),
    "loss_fn.pos_weight": torch.ones(5),
    "mean": torch.zeros(1, 3, 1, 1),
    "std": torch.ones(1, 3, 1, 1),
    "normalize.mean": torch.zeros(3),
    "n_averaged": torch.tensor(7),
    "queue": torch.randn(8, 16),
    "queue_ptr": torch.zeros(1, dtype=torch.long),
    "projector.0.weight": torch.randn(4, 8),
    "projection_head.bias": torch.randn(4),
    "decoder.conv.weight": torch.randn(4, 8, 3, 3),
    "val_accuracy.correct": torch.tensor(3),
    "mask_token": torch.zeros(1, 1, 8),
    "temperature": torch.tensor(0.07),
}


def renamed(draw: Random, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights under a prefix, some modules wrapped, with tensors beside."""
    prefix = "".join(f"{draw.choice(PREFIXES)}." for _ in range(draw.randint(0, 4)))
    modules = sorted({name[:i] for name in state for i, c in enumerate(name) if c == "."})
    wrapped = {module: draw.choice(INSIDE) for module in modules if draw.random() < 0.1}
    names = {}
    for name, tensor in state.items():
        parts = name.split(".")
        said = [
            part
            for i, own in enumerate(parts)
            for part in (own, wrapped.get(".".join(parts[: i + 1])))
            if part
        ]
        names[prefix + ".".join(said)] = tensor
    beside = draw.sample(list(BESIDE), draw.randint(0, 4))
    under = prefix.rpartition(".")[0].rpartition(".")[0]  # beside the network, or inside
    for name in beside:
        names[draw.choice((f"{under}.{name}" if under else name, prefix + name))] = BESIDE[name]
    items = list(names.items())
    if draw.random() < 0.5:
        draw.shuffle(items)
    return dict(items)


def data(draw: Random) -> tuple[str, Any]:
    """What else stands in a checkpoint."""
    moments = {"exp_avg": torch.randn(8), "exp_avg_sq": torch.randn(8), "step": torch.tensor(1.0)}
    return draw.choice(
        [
            ("epoch", 3),
            ("args", argparse.Namespace(model="tiny", lr=4e-3, root=pathlib.Path("/data"))),
            ("best_acc1", torch.tensor(76.1)),
            ("metric", np.float64(0.9)),
            ("history", np.ones(5)),
            ("log", defaultdict(list, loss=[1.0, np.float32(2)])),
            ("root", pathlib.PureWindowsPath("C:/data")),
            ("optimizer", {"state": {0: moments, 1: dict(moments)}, "param_groups": [{"lr": 1}]}),
            ("scheduler", {"last_epoch": 3, "shape": torch.Size([3]), "dtype": torch.float16}),
            ("rng_state", torch.get_rng_state()),
            ("loss", torch.tensor(0.3)),
            ("class_weights", torch.ones(5)),
            ("hyper_parameters", {"device": torch.device("cpu"), "deep": {"a": {"b": (1, None)}}}),
            ("nothing", {}),
        ]
    )


def nested(draw: Random, state: Any) -> Any:
    """A state dict in containers with other things in them."""
    for _ in range(draw.randint(0, 4)):
        around = dict(data(draw) for _ in range(draw.randint(0, 4)))
        inside = [*around.items()]
        inside.insert(draw.randint(0, len(inside)), (draw.choice(KEYS), state))
        kind = draw.choice(["dict", "dict", "ordered", "default", "tuple", "list"])
        state = {
            "dict": lambda i: dict(i),
            "ordered": lambda i: OrderedDict(i),
            "default": lambda i: defaultdict(dict, i),
            "tuple": lambda i: tuple(v for _, v in i),
            "list": lambda i: [v for _, v in i],
        }[kind](inside)
    return state

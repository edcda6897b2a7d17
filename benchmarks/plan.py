"""What a plan costs beside the tools that run the network to count it, and what each counts.

ConvNeXt-XL at 224 pixels. Aim: a plan with its counts at least 100 times faster than torch's own
counter on the meta device, and the pages that only plan and draw free of torch's import.
"""

import logging
import subprocess
import sys
import warnings

import timm
import torch
import torchinfo
from measure import interleaved, medians, ratio
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convnext_viz.nets import build
from convnext_viz.numbers import duration
from convnext_viz.plans import plan
from convnext_viz.specs import CONVNEXT

SPEC = CONVNEXT["convnext_xlarge"]
IMAGE = (1, 3, 224, 224)
CONVOLUTIONS = ("conv", "depthwise")
IMPORTS = {
    "nothing": "pass",
    "convnext_viz.plans": "import convnext_viz.plans",
    "convnext_viz.plans and plots": "import convnext_viz.plans, convnext_viz.plots.network_map",
    "torch": "import torch",
}
Count = tuple[int, int]  # parameters, multiply-adds


def meta_net() -> nn.Sequential:
    """The built net without memory behind its weights."""
    with torch.device("meta"):
        return build(SPEC).eval()


def ours() -> Count:
    """A fresh plan with both totals."""
    described = plan(SPEC)
    return described.params, described.macs


def torchs(net: nn.Module) -> Count:
    """torch's counter, which counts two a multiply-add."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.empty(IMAGE, device="meta"))
    return sum(p.numel() for p in net.parameters()), counter.get_total_flops() // 2


def fvcores() -> Count:
    """It traces, which the meta device does not allow: memory that nobody filled will do."""
    from fvcore.nn import FlopCountAnalysis  # warns of torch's future as it is imported

    net = meta_net().to_empty(device="cpu")
    analysis = FlopCountAnalysis(net, torch.zeros(IMAGE)).unsupported_ops_warnings(False)
    return sum(p.numel() for p in net.parameters()), int(analysis.total())


def torchinfos(net: nn.Module) -> Count:
    """torchinfo's totals."""
    summary = torchinfo.summary(net, input_size=IMAGE, device="meta", verbose=0)
    return summary.total_params, summary.total_mult_adds


def fvcore_extra() -> int:
    """5 for each element of a layer norm, 1 for each element that the pooling reads."""
    layers = list(plan(SPEC).layers)
    norms = sum(layer.out_elements for layer in layers if layer.kind == "layer_norm")
    pooled = next(layer.in_shape for layer in layers if layer.kind == "avg_pool")
    return 5 * norms + pooled[0] * pooled[1] * pooled[2]


def torchinfo_count(everywhere: tuple[str, ...]) -> int:
    """Parameters, biases too, at every position for these kinds of layer, once for all others.

    Our layer scale is a module, which it sees; timm's is a bare parameter, which it does not.
    """
    return sum(
        layer.params * layer.out_shape[1] * layer.out_shape[2]
        if layer.kind in everywhere
        else layer.params
        for layer in plan(SPEC).layers
        if layer.kind != "layer_scale" or "pointwise" in everywhere
    )


def import_seconds(statement: str) -> None:
    """A fresh interpreter that runs one statement."""
    subprocess.run([sys.executable, "-c", statement], check=True)


def show_times(seconds: dict[str, list[float]], base: str) -> None:
    """Medians, and how many times the base's."""
    for name, middle in medians(seconds).items():
        print(f"  {name:34}{duration(middle):>10}{ratio(seconds, name, base):>9.1f} ×")


def show_totals(net: nn.Module) -> None:
    """Every tool's totals, and whether our plan explains them to the last digit."""
    with torch.device("meta"):
        timms = timm.create_model(SPEC.name).eval()
    by_position = (*CONVOLUTIONS, "pointwise")
    rows = [
        ("convnext_viz", ours(), plan(SPEC).macs, "convolutions and linear layers, as the paper"),
        ("torch, halved", torchs(net), plan(SPEC).macs, "the same; it counts two a multiply-add"),
        (
            "fvcore",
            fvcores(),
            plan(SPEC).macs + fvcore_extra(),
            "and 5 for each element of layer norms, 1 for each pooled one",
        ),
        (
            "torchinfo, our net",
            torchinfos(net),
            torchinfo_count(by_position),
            "and biases at every position, parameters of norms and scales once",
        ),
        (
            "torchinfo, timm's net",
            torchinfos(timms),
            torchinfo_count(CONVOLUTIONS),
            "but its nn.Linear on (N, H, W, C) as if there were one position (in ours the class's "
            "name has Conv in it, by which torchinfo decides)",
        ),
    ]
    for name, (params, macs), explained, why in rows:
        rest = "exactly" if macs == explained else f"up to {macs - explained:,}"
        print(f"  {name:22}{params:>12,} parameters{macs:>16,} MACs: {why}; explained {rest}")


def main() -> None:
    """Time, totals, imports."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)  # fvcore lists what it leaves out
    torch.set_num_threads(1)
    net = meta_net()

    print("ConvNeXt-XL, 224 px: time to count (medians of interleaved rounds, one thread)")
    calls = {
        "plan with all counts": ours,
        "FlopCounterMode, net at hand": lambda: torchs(net),
        "FlopCounterMode, net built first": lambda: torchs(meta_net()),
    }
    show_times(interleaved(calls), "plan with all counts")

    print("\nTotals")
    show_totals(net)

    print("\nImport in a fresh interpreter (medians of interleaved rounds)")
    calls = {name: lambda text=text: import_seconds(text) for name, text in IMPORTS.items()}
    show_times(interleaved(calls, rounds=7, warm_up=1), "nothing")


if __name__ == "__main__":
    main()

"""What the training loop costs beside the steps it makes, and beside the usual script.

Run with ``python benchmarks/train_throughput.py``. Every figure is a ratio of calls made in turn
within this run, so that a busy machine slows both. The networks are those that the Train page
starts with. ``usual_script.py`` says what the usual script is; ``--workers`` gives its DataLoader
processes of their own (which rest while the other calls are being timed).
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
import usual_script
from measure import interleaved, medians, ratio
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.data import Dataset, shapes
from convnext_viz.nets import build
from convnext_viz.results import StepMetrics
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.train import Recipe, augment, grid, lockstep, prepare
from convnext_viz.train.devices import choose
from convnext_viz.ui.factors import BASES

NETS = ("mini", "small", "cifar_ln_gelu")


def bare(net: nn.Module, x: Tensor, labels: Tensor, *, bf16: bool) -> Callable[[], None]:
    """Forward, backward and step on tensors that are ready."""
    net.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, fused=True)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            logits = net(x)
        F.cross_entropy(logits.float(), labels, label_smoothing=0.1).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def ours(specs: Mapping[str, ConvNeXtSpec], data: Dataset, recipe: Recipe) -> Callable[[], None]:
    """One step of our loop, all of ``specs`` in lockstep."""
    nets = {name: build(spec, seed=0) for name, spec in specs.items()}
    events = lockstep(prepare(nets, recipe), data, recipe, seed=0)

    def step() -> None:
        while not isinstance(next(events), StepMetrics):
            pass

    return step


def of_the_loop(name: str, data: Dataset, recipe: Recipe, rounds: int) -> None:
    """Our loop beside the bare steps of the same networks."""
    spec, size = BASES[name], recipe.batch_size
    x = torch.randn(size, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(10, (size,))
    arms = dict(grid(spec, {"norm": ["batch", "layer"], "act": ["relu", "gelu"]}))
    full = replace(
        recipe, rand_augment=9.0, random_erasing=0.25, mixup=0.8, cutmix=1.0, ema_decay=0.999,
        grad_clip=5.0,
    )  # fmt: skip

    def ready(spec: ConvNeXtSpec, *, bf16: bool = False) -> Callable[[], None]:
        return bare(build(spec, seed=0).train(), x, labels, bf16=bf16)

    four = [ready(arm) for arm in arms.values()]
    calls: dict[str, Callable[[], object]] = {
        "bare": ready(spec),
        "ours": ours({name: spec}, data, recipe),
        "everything on": ours({name: spec}, data, full),
        "four bare": lambda: [step() for step in four],
        "four ours": ours(arms, data, recipe),
        "bare bf16": ready(spec, bf16=True),
        "ours bf16": ours({name: spec}, data, replace(recipe, bf16=True)),
    }
    seconds = interleaved(calls, rounds=rounds)
    print(f"\n{name}: {_times(seconds)}")
    for claim, one, other, aim in (
        ("throughput beside the bare step", "bare", "ours", " (aim ≥ 0.85)"),
        ("  with all that a recipe has", "bare", "everything on", ""),
        ("  of four arms", "four bare", "four ours", " (aim ≥ 0.85)"),
        ("  in bfloat16, beside its bare step", "bare bf16", "ours bf16", ""),
        ("bfloat16 beside float32", "ours", "ours bf16", " (aim ≥ 1.4)"),
    ):
        print(f"  {claim:38s} {ratio(seconds, one, other):5.2f}{aim}")


def beside_the_script(name: str, data: Dataset, recipe: Recipe, rounds: int, workers: int) -> str:
    """A row of the table: the usual script, with simple and with the paper's augmentations."""
    spec, size, block = BASES[name], recipe.batch_size, 1 + 11 * bool(workers)
    theirs = sum(p.numel() for p in usual_script.network(spec).parameters())
    assert theirs == sum(p.numel() for p in build(spec).parameters()), (name, theirs)
    full = replace(recipe, rand_augment=9.0, random_erasing=0.25, mixup=0.8, cutmix=1.0)
    calls: dict[str, Callable[[], object]] = {}
    for kind, transform, same in (
        ("simple", usual_script.simple(data), recipe),
        ("paper", usual_script.paper(data), full),
    ):
        given = usual_script.batches(data, size, transform=transform, workers=workers)
        calls[kind] = _several(usual_script.loop(spec, given, mixes=kind == "paper"), block)
        calls[f"{kind} ours"] = _several(ours({name: spec}, data, same), block)
        calls[f"{kind} bf16"] = _several(ours({name: spec}, data, replace(same, bf16=True)), block)
    seconds = interleaved(calls, rounds=rounds, rest=0.5 * bool(workers))
    cells = [
        f"{ratio(seconds, kind, f'{kind} {how}'):6.2f}"
        for kind in ("simple", "paper")
        for how in ("ours", "bf16")
    ]
    return f"  {name:14s} {'  '.join(cells)}   {_times(seconds, block)}"


def making_batches(data: Dataset, recipe: Recipe, rounds: int) -> None:
    """Augmented batches alone."""
    source, size = augment.source(data, torch.device("cpu")), recipe.batch_size
    full = replace(recipe, rand_augment=9.0, random_erasing=0.25)
    simple = usual_script.batches(data, size, transform=usual_script.simple(data))
    paper = usual_script.batches(data, size, transform=usual_script.paper(data))
    calls: dict[str, Callable[[], object]] = {
        "simple": lambda: next(simple),
        "simple ours": lambda: augment.draw(source, recipe, seed=0, step=1),
        "paper": lambda: next(paper),
        "paper ours": lambda: augment.draw(source, full, seed=0, step=1),
    }
    seconds = interleaved(calls, rounds=rounds)
    print(f"\nmaking a batch: {_times(seconds)}")
    for kind in ("simple", "paper"):
        print(f"  {kind:38s} {ratio(seconds, kind, f'{kind} ours'):5.1f}")


def _several(step: Callable[[], None], times: int) -> Callable[[], None]:
    def steps() -> None:
        for _ in range(times):
            step()

    return steps


def _times(seconds: Mapping[str, list[float]], steps: int = 1) -> str:
    of_each = medians(seconds).items()
    return ", ".join(f"{name} {middle / steps * 1000:.1f}" for name, middle in of_each) + " ms"


def main() -> None:
    """Measure everything in turn and print the ratios."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=15)
    asked.add_argument("--batch-size", type=int, default=128)
    asked.add_argument("--threads", type=int, default=torch.get_num_threads())
    asked.add_argument("--workers", type=int, default=0, help="of the usual script's DataLoader")
    asked.add_argument("--nets", nargs="*", default=NETS)
    chosen = asked.parse_args()
    torch.set_num_threads(chosen.threads)
    device, size = choose(chosen.threads), chosen.batch_size
    print(f"{device.label}, {chosen.threads} threads, batches of {size}, {chosen.rounds} rounds")
    data = shapes(train=20 * size, test=10)
    recipe = Recipe(batch_size=size, epochs=1000, warmup_epochs=1, evaluate_every=0)
    for name in chosen.nets:
        of_the_loop(name, data, recipe, chosen.rounds)
    making_batches(data, recipe, chosen.rounds)
    print("\nbeside the usual script (aim ≥ 2.5): with crop and flip, then with all the paper has")
    print("                  float32    bf16  float32    bf16")
    for name in chosen.nets:
        print(beside_the_script(name, data, recipe, chosen.rounds, chosen.workers), flush=True)


if __name__ == "__main__":
    main()

"""What the training loop costs beside the steps it makes.

Run with ``python benchmarks/train_throughput.py``. Every figure is a ratio of calls made in turn
within this run, so that a busy machine slows both.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import torch
from measure import interleaved, medians, ratio
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from convnext_viz.nets import build
from convnext_viz.results import StepMetrics
from convnext_viz.specs import CIFAR, NetSpec
from convnext_viz.train import Dataset, Recipe, augment, lockstep, prepare, shapes

NAMES = ("cifar_ln_gelu", "cifar_bn_relu", "cifar_ln_relu", "cifar_bn_gelu")
SMALL = {"patch 4": replace(CIFAR[NAMES[0]], patch_size=4)}  # a quarter of the work a picture


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


def loader(data: Dataset, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """The usual batches: a PIL picture at a time, transforms on each, a DataLoader.

    In this process: workers would fill their queue while the other calls are being timed.
    """
    chain = v2.Compose(
        [
            v2.RandomCrop(32, padding=4),
            v2.RandomHorizontalFlip(),
            v2.PILToTensor(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(list(data.mean), list(data.std)),
        ]
    )
    pictures = [v2.functional.to_pil_image(image) for image in data.train_images]

    class Pictures(torch.utils.data.Dataset[tuple[Tensor, int]]):
        def __len__(self) -> int:
            return len(pictures)

        def __getitem__(self, i: int) -> tuple[Tensor, int]:
            return chain(pictures[i]), int(data.train_labels[i])

    while True:
        yield from DataLoader(Pictures(), batch_size, shuffle=True, drop_last=True)


def usual_loop(net: nn.Module, batches: Iterator[tuple[Tensor, Tensor]]) -> Callable[[], None]:
    """One step of the usual script: float32, plain AdamW."""
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)

    def step() -> None:
        x, labels = next(batches)
        loss = F.cross_entropy(net(x), labels, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def ours(specs: Mapping[str, NetSpec], data: Dataset, recipe: Recipe) -> Callable[[], None]:
    """One step of our loop, all of ``specs`` in lockstep."""
    nets = {name: build(spec, seed=0) for name, spec in specs.items()}
    events = lockstep(prepare(nets, recipe), data, recipe, seed=0)

    def step() -> None:
        while not isinstance(next(events), StepMetrics):
            pass

    return step


def main() -> None:
    """Measure everything in turn and print the ratios."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=15)
    asked.add_argument("--batch-size", type=int, default=128)
    asked.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = asked.parse_args()
    torch.set_num_threads(chosen.threads)
    size = chosen.batch_size
    data = shapes(train=20 * size, test=10)
    recipe = Recipe(batch_size=size, epochs=1000, warmup_epochs=1, evaluate_every=0)
    full = replace(recipe, cutout=8, mixup=0.8, cutmix=1.0, ema_decay=0.999, grad_clip=5.0)
    x = torch.randn(size, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(10, (size,))

    one, all_four = {NAMES[0]: CIFAR[NAMES[0]]}, {name: CIFAR[name] for name in NAMES}

    def ready(spec: NetSpec, *, bf16: bool = False) -> Callable[[], None]:
        return bare(build(spec, seed=0).train(), x, labels, bf16=bf16)

    def usual(spec: NetSpec) -> Callable[[], None]:
        return usual_loop(build(spec, seed=0).train(), loader(data, size))

    four = [ready(spec) for spec in all_four.values()]
    of_loader, source = loader(data, size), augment.source(data, torch.device("cpu"))
    half = replace(recipe, bf16=True)
    calls: dict[str, Callable[[], object]] = {
        "bare": ready(CIFAR[NAMES[0]]),
        "ours": ours(one, data, recipe),
        "ours, everything on": ours(one, data, full),
        "usual": usual(CIFAR[NAMES[0]]),
        "four bare": lambda: [step() for step in four],
        "four ours": ours(all_four, data, recipe),
        "bare bf16": ready(CIFAR[NAMES[0]], bf16=True),
        "ours bf16": ours(one, data, half),
        "small usual": usual(SMALL["patch 4"]),
        "small ours": ours(SMALL, data, recipe),
        "small ours bf16": ours(SMALL, data, half),
        "batch of DataLoader": lambda: next(of_loader),
        "batch of ours": lambda: augment.draw(source, recipe, seed=0, step=1),
    }
    seconds = interleaved(calls, rounds=chosen.rounds)
    print(f"{chosen.threads} threads, batches of {size}, {NAMES[0]}, {chosen.rounds} rounds")
    for name, middle in medians(seconds).items():
        print(f"  {name:22s} {middle * 1000:8.1f} ms a step")
    for claim, one_call, other, aim in (
        ("throughput beside the bare step", "bare", "ours", 0.85),
        ("  with all that a recipe has", "bare", "ours, everything on", None),
        ("  of four arms", "four bare", "four ours", 0.85),
        ("  in bfloat16, beside its bare step", "bare bf16", "ours bf16", 0.85),
        ("bfloat16 beside float32", "ours", "ours bf16", 1.4),
        ("beside a DataLoader script, float32", "usual", "ours", None),
        ("  ours in bfloat16", "usual", "ours bf16", 2.5),
        ("  small net, float32", "small usual", "small ours", None),
        ("  small net, ours in bfloat16", "small usual", "small ours bf16", 2.5),
        ("making a batch", "batch of DataLoader", "batch of ours", None),
    ):
        goal = f"(aim ≥ {aim})" if aim else ""
        print(f"{claim:36s} {ratio(seconds, one_call, other):6.2f} {goal}")


if __name__ == "__main__":
    main()

"""The data set of ten drawn shapes, made from a seed: it needs no file.

Each picture holds one bright shape of random colour, size, place and tilt on a dark, shaded ground
with stray lines and noise, so that neither a colour nor a pixel gives it away: edges must be found
and put together, which is what a convolution is for. On 3,000 pictures a small ConvNeXt passes 70 %
within 5 epochs, a linear model stays under 40 %. (Turned all the way round and lighter or darker
than the ground, the same shapes keep such a network near chance for ten epochs: too long for a
lesson.)
"""

import math

import torch
from torch import Tensor

from convnext_viz.data.dataset import Dataset, channel_statistics
from convnext_viz.data.randomness import generator

CLASSES = (
    "disc",
    "ring",
    "square",
    "triangle",
    "cross",
    "star",
    "crescent",
    "half disc",
    "bar",
    "angle",
)
_CHUNK = 2000  # pictures drawn at a time
_LINES = 3  # stray lines a picture
_DARK = 0.45  # the ground is below, the shapes above
_TILT = 0.4  # radians, to either side
_NOISE = 0.06  # standard deviation, on the 0 … 1 scale


def shapes(
    *, train: int = 10_000, test: int = 2_000, image_size: int = 32, seed: int = 0
) -> Dataset:
    """``train`` and ``test`` pictures of ten shapes, each class equally often; equal arguments
    give equal pictures."""
    images, labels = _draw_all(train, image_size, "train", seed)
    test_images, test_labels = _draw_all(test, image_size, "test", seed)
    mean, std = channel_statistics(images)
    return Dataset(
        name="shapes",
        classes=CLASSES,
        train_images=images,
        train_labels=labels,
        test_images=test_images,
        test_labels=test_labels,
        mean=mean,
        std=std,
    )


def _draw_all(count: int, size: int, half: str, seed: int) -> tuple[Tensor, Tensor]:
    labels = torch.arange(count) % len(CLASSES)
    parts = [
        _draw(some, size, generator("shapes", half, seed, i))
        for i, some in enumerate(torch.split(labels, _CHUNK))
    ]
    return torch.cat(parts).permute(0, 3, 1, 2), labels


def _draw(labels: Tensor, size: int, gen: torch.Generator) -> Tensor:
    """(N, size, size, 3) uint8, a shape of ``labels`` in each."""
    n = len(labels)
    axis = (torch.arange(size) + 0.5) / size
    y, x = torch.meshgrid(axis, axis, indexing="ij")  # (H, W), 0 … 1
    canvas = _background(n, x, y, gen)
    canvas = _stray_lines(canvas, x, y, size, gen)
    radius = _uniform(0.25, 0.4, gen, n, 1, 1)
    centre = 0.5 + (0.5 - radius) * _uniform(-1, 1, gen, 2, n, 1, 1)
    turn = _uniform(-_TILT, _TILT, gen, n, 1, 1)
    across, down = (x - centre[0]) / radius, (y - centre[1]) / radius  # (N, H, W), shape's scale
    u = turn.cos() * across + turn.sin() * down
    v = turn.cos() * down - turn.sin() * across
    distance = torch.empty(n, size, size)
    for label, name in enumerate(CLASSES):
        mine = labels == label
        distance[mine] = _distance(name, u[mine], v[mine])
    cover = (0.5 - distance * radius * size).clamp(0, 1)  # share of the pixel inside: smooth edges
    colour = _uniform(_DARK + 0.05, 1.0, gen, n, 3)
    canvas = torch.lerp(canvas, colour[:, None, None, :], cover[..., None])
    canvas += _NOISE * torch.randn(canvas.shape, generator=gen)
    return canvas.clamp_(0, 1).mul_(255).round_().to(torch.uint8)


def _background(n: int, x: Tensor, y: Tensor, gen: torch.Generator) -> Tensor:
    """(N, H, W, 3): a colour that changes evenly in some direction."""
    base = _uniform(0, _DARK, gen, n, 1, 1, 3)
    slope = _uniform(-0.2, 0.2, gen, 2, n, 1, 1, 3)
    shaded = base + slope[0] * (x - 0.5)[..., None] + slope[1] * (y - 0.5)[..., None]
    return shaded.clamp_(0, 1)


def _stray_lines(canvas: Tensor, x: Tensor, y: Tensor, size: int, gen: torch.Generator) -> Tensor:
    """The canvas with a few straight strokes of random colour, about two pixels wide."""
    n = len(canvas)
    for _ in range(_LINES):
        start, end = torch.rand(2, 2, n, 1, 1, generator=gen)
        along = end - start
        length = along.square().sum(0).clamp(min=1e-6)
        at = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length
        at = at.clamp(0, 1)
        off = torch.hypot(x - start[0] - at * along[0], y - start[1] - at * along[1])  # (N, H, W)
        cover = (1.5 - off * size).clamp(0, 1)
        colour = torch.rand(n, 1, 1, 3, generator=gen)
        canvas = torch.lerp(canvas, colour, cover[..., None])
    return canvas


def _uniform(low: float, high: float, gen: torch.Generator, *shape: int) -> Tensor:
    return low + (high - low) * torch.rand(*shape, generator=gen)


def _distance(name: str, u: Tensor, v: Tensor) -> Tensor:
    """Distance to the outline of a shape of about radius 1 around 0; negative inside."""
    r = torch.hypot(u, v)
    if name == "disc":
        return r - 0.85
    if name == "ring":
        return (r - 0.68).abs() - 0.2
    if name == "square":
        return _box(u, v, 0.72, 0.72)
    if name == "triangle":
        sides = [math.cos(a) * u + math.sin(a) * v for a in _thirds()]
        return torch.stack(sides).amax(0) - 0.5
    if name == "cross":
        return torch.minimum(_box(u, v, 0.95, 0.28), _box(u, v, 0.28, 0.95))
    if name == "star":
        return _star(u, v, r)
    if name == "crescent":
        return torch.maximum(r - 0.92, 0.75 - torch.hypot(u - 0.42, v))
    if name == "half disc":
        return torch.maximum(torch.hypot(u - 0.4, v) - 0.95, 0.4 - u)
    if name == "bar":
        return _box(u, v, 0.98, 0.24)
    return torch.minimum(_box(u + 0.55, v, 0.25, 0.9), _box(u - 0.05, v - 0.65, 0.85, 0.25))


def _box(u: Tensor, v: Tensor, half_width: float, half_height: float) -> Tensor:
    return torch.maximum(u.abs() - half_width, v.abs() - half_height)


def _star(u: Tensor, v: Tensor, r: Tensor) -> Tensor:
    """Five points at radius 1, five notches at 0.45; all edges are one edge, folded and turned."""
    half = math.pi / 5
    angle = (torch.atan2(v, u) % (2 * half) - half).abs()  # 0 at a notch, `half` at a point
    point = torch.tensor([math.cos(half), math.sin(half)])
    edge = point - torch.tensor([0.45, 0.0])
    normal = torch.stack([edge[1], -edge[0]]) / edge.norm()
    distance: Tensor = normal[0] * (r * angle.cos() - 0.45) + normal[1] * r * angle.sin()
    return distance


def _thirds() -> tuple[float, ...]:
    return tuple(2 * math.pi * i / 3 for i in range(3))

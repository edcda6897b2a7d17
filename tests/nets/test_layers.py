"""Each layer against a closed form or an independent implementation, values and gradients."""

import math

import pytest
import torch
import torch.nn.functional as F
from timm.layers import LayerNorm2d as TimmLayerNorm2d
from timm.layers import RmsNorm2d
from timm.layers import SimpleNorm2d as TimmSimpleNorm2d
from timm.layers.grn import GlobalResponseNorm
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from convnext_viz.nets import layers
from convnext_viz.nets.layers import (
    GRN,
    MODULES,
    DepthwiseConv,
    DropPath,
    LayerNorm2d,
    LayerScale,
    PointwiseConv,
    Residual,
    RMSNorm2d,
    SimpleNorm2d,
)
from convnext_viz.plans import KINDS, Layer

C = 6
LAYERS = {
    "pointwise": PointwiseConv(C, 10),
    "depthwise": DepthwiseConv(C, C, 7, padding=3, groups=C),
    "layer_norm": LayerNorm2d(C),
    "rms_norm": RMSNorm2d(C),
    "simple_norm": SimpleNorm2d(C),
    "grn": GRN(C),
    "layer_scale": LayerScale(C, 0.5),
    "drop_path": DropPath(0.3),
}


def maps(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(*shape, generator=generator, dtype=torch.double)
    return (2 * x + 0.5).requires_grad_()


def made(kind: str, **fields: float) -> nn.Module:
    """The module of a layer of that kind on maps of C channels."""
    return MODULES[kind](Layer("layer", kind, (C, 4, 5), (C, 4, 5), **fields))  # type: ignore[arg-type]


def test_every_kind_of_layer_has_a_module() -> None:
    assert MODULES.keys() == KINDS.keys()


def shaken(layer: nn.Module) -> nn.Module:
    """The layer in double precision with weights that are neither zeros nor ones."""
    generator = torch.Generator().manual_seed(1)
    for parameter in layer.double().parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator, dtype=torch.double)
    return layer


def agree(ours: Tensor, theirs: Tensor, *inputs: Tensor) -> None:
    """Equal values, and equal gradients of a weighted sum with respect to the inputs."""
    torch.testing.assert_close(ours, theirs)
    weights = maps(*ours.shape, seed=2).detach()
    grads = [torch.autograd.grad((out * weights).sum(), inputs) for out in (ours, theirs)]
    torch.testing.assert_close(*grads)


@pytest.mark.parametrize("eps", [1e-6, 0.1])
def test_layer_norm_is_the_official_channels_first_formula(eps: float) -> None:
    # facebookresearch/ConvNeXt, models/convnext.py, LayerNorm with data_format channels_first.
    layer, x = shaken(LayerNorm2d(C, eps=eps)), maps(2, C, 4, 5)
    mean = x.mean(1, keepdim=True)
    variance = (x - mean).pow(2).mean(1, keepdim=True)
    expected = layer.weight[:, None, None] * ((x - mean) / torch.sqrt(variance + eps))
    agree(layer(x), expected + layer.bias[:, None, None], x, layer.weight, layer.bias)


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        ("layer_norm", TimmLayerNorm2d),
        ("rms_norm", RmsNorm2d),
        ("simple_norm", TimmSimpleNorm2d),
        ("batch_norm", nn.BatchNorm2d),
    ],
)
@pytest.mark.parametrize("eps", [1e-6, 1e-2])
def test_norms_are_timms(kind: str, theirs: type[nn.Module], eps: float) -> None:
    ours, other = shaken(made(kind, eps=eps)), theirs(C, eps=eps).double()
    other.load_state_dict(ours.state_dict())
    x = maps(2, C, 4, 5)
    agree(ours(x), other(x), x)


def test_batch_norm_is_the_formula_over_batch_and_positions() -> None:
    layer, x = shaken(made("batch_norm", eps=1e-3)), maps(3, C, 4, 5)
    mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
    scaled = (x - mean[:, None, None]) / (variance + 1e-3).sqrt()[:, None, None]
    agree(layer(x), layer.weight[:, None, None] * scaled + layer.bias[:, None, None], x)


def test_grn_is_algorithm_1() -> None:
    # V2 paper, Algorithm 1 in PyTorch-like code, channels last; eps as in the released code.
    layer, x = shaken(GRN(C)), maps(2, C, 4, 5)
    last = x.permute(0, 2, 3, 1)
    gx = torch.sqrt((last**2).sum((1, 2), keepdim=True))
    nx = gx / (gx.mean(-1, keepdim=True) + 1e-6)
    expected = layer.weight * (last * nx) + layer.bias + last
    agree(layer(x), expected.permute(0, 3, 1, 2), x, layer.weight, layer.bias)


def test_grn_is_timms() -> None:
    ours, theirs = shaken(GRN(C)), GlobalResponseNorm(C, channels_last=False).double()
    theirs.load_state_dict(ours.state_dict())
    x = maps(2, C, 4, 5)
    agree(ours(x), theirs(x), x)


def test_grn_starts_as_the_identity() -> None:
    x = maps(2, C, 4, 5)
    assert torch.equal(GRN(C).double()(x), x)


def test_grn_survives_a_map_of_zeros() -> None:
    x = torch.zeros(1, C, 3, 3, requires_grad=True)
    layer = GRN(C)
    nn.init.ones_(layer.weight)
    out = layer(x)
    (gradient,) = torch.autograd.grad(out.sum(), x)
    assert torch.isfinite(out).all()
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("bias", [True, False])
def test_pointwise_is_a_1x1_convolution(bias: bool) -> None:
    layer, x = shaken(PointwiseConv(C, 10, bias=bias)), maps(2, C, 4, 5)
    expected = F.conv2d(x, layer.weight[:, :, None, None], layer.bias)
    agree(layer(x), expected, x, *layer.parameters())


@pytest.mark.parametrize("is_amd", [True, False])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_pointwise_is_the_same_sums_on_every_processor(monkeypatch, is_amd, layout) -> None:
    """Float32 as trained, either way of computing it, against the sums in float64."""
    monkeypatch.setattr(layers, "amd", lambda: is_amd)
    exact = shaken(PointwiseConv(C, 10))
    layer = PointwiseConv(C, 10)
    layer.load_state_dict({name: value.float() for name, value in exact.state_dict().items()})
    x = maps(2, C, 4, 5)
    short = x.detach().float().contiguous(memory_format=layout).requires_grad_()
    exact(x).square().sum().backward()
    layer(short).square().sum().backward()
    for given, wanted in (
        (layer(short), exact(x)),
        (short.grad, x.grad),
        (layer.weight.grad, exact.weight.grad),
        (layer.bias.grad, exact.bias.grad),
    ):
        torch.testing.assert_close(given.double(), wanted, rtol=1e-4, atol=1e-5)


def test_depthwise_learns_and_looks_alike() -> None:
    """The bias is added apart only where it learns: the outputs are those of one convolution."""
    layer, x = DepthwiseConv(C, C, 5, padding=2, groups=C), maps(2, C, 7, 8).detach().float()
    with torch.no_grad():
        layer.bias.normal_()
        looking = layer(x)
    torch.testing.assert_close(layer(x), looking)
    assert layer(x).requires_grad
    layer.bias.requires_grad_(False)
    torch.testing.assert_close(layer(x), looking)


@pytest.mark.parametrize("stride", [1, 2])
def test_depthwise_is_one_kernel_a_channel(stride: int) -> None:
    layer = shaken(DepthwiseConv(C, C, 5, stride, 2, groups=C))
    x = maps(2, C, 7, 8)
    alone = [
        F.conv2d(x[:, [c]], layer.weight[[c]], layer.bias[[c]], stride, padding=2) for c in range(C)
    ]
    agree(layer(x), torch.cat(alone, 1), x, layer.weight, layer.bias)


def test_layer_scale_multiplies_every_channel() -> None:
    assert torch.equal(LayerScale(C, 1e-6).weight, torch.full((C,), 1e-6))
    layer, x = shaken(LayerScale(C, 1e-6)), maps(2, C, 4, 5)
    agree(layer(x), torch.einsum("nchw,c->nchw", x, layer.weight), x, layer.weight)


@pytest.mark.parametrize(
    ("kind", "formula"),
    [
        ("gelu", lambda x: x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))),
        (
            "gelu_tanh",
            lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
        ),
        ("relu", lambda x: x * (x > 0)),
        ("silu", lambda x: x / (1 + torch.exp(-x))),
    ],
)
def test_activations_are_their_formulas(kind: str, formula: object) -> None:
    x = maps(2, C, 4, 5)
    agree(made(kind)(x), formula(x), x)  # type: ignore[operator]


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.9])
def test_drop_path_drops_whole_samples_and_keeps_the_mean(rate: float) -> None:
    n, keep = 20_000, 1 - rate
    torch.manual_seed(0)
    dropped_out = DropPath(rate)(torch.ones(n, 2, 2, 1, dtype=torch.double))
    assert torch.equal(
        dropped_out.amin((1, 2, 3)), dropped_out.amax((1, 2, 3))
    )  # all of a sample or nothing
    factors = dropped_out[:, 0, 0, 0]
    assert torch.all((factors == 0) | ((factors - 1 / keep).abs() < 1e-12))
    # Five deviations of a mean of n Bernoulli draws.
    tolerance = 5 * math.sqrt(rate * keep / n) + 1e-12
    assert (factors > 0).double().mean().item() == pytest.approx(keep, abs=tolerance)
    assert factors.mean().item() == pytest.approx(1, abs=tolerance / keep + 1e-12)


def test_drop_path_rests_in_eval() -> None:
    x = maps(8, C, 2, 2)
    assert DropPath(0.9).eval()(x) is x
    before = torch.get_rng_state()
    assert DropPath(0.0)(x) is x
    assert torch.equal(torch.get_rng_state(), before)


def test_a_residual_is_its_formula() -> None:
    body, shortcut, after = (shaken(nn.Sequential(PointwiseConv(C, C))) for _ in range(3))
    x = maps(2, C, 4, 5)
    both = {"body": body, "shortcut": shortcut}
    agree(Residual(both, after)(x), after(shortcut(x) + body(x)), x)
    nothing = nn.Sequential()
    agree(Residual({"body": body, "shortcut": nothing}, nothing)(x), x + body(x), x)
    third = shaken(nn.Sequential(PointwiseConv(C, C)))
    agree(Residual(both | {"third": third}, after)(x), after(body(x) + shortcut(x) + third(x)), x)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=str)
def test_layout_changes_no_number(kind: str, layout: torch.memory_format) -> None:
    layer, x = shaken(LAYERS[kind]).eval(), maps(2, C, 5, 4)
    agree(layer(x.contiguous(memory_format=layout)), layer(x), x)


@pytest.mark.parametrize("kind", LAYERS)
def test_channels_last_stays(kind: str) -> None:
    x = maps(2, C, 5, 4).detach().contiguous(memory_format=torch.channels_last)
    for train in (True, False):
        out = LAYERS[kind].double().train(train)(x)
        assert out.is_contiguous(memory_format=torch.channels_last)


class Operands(TorchDispatchMode):
    """Remembers what matrix products and layer norms are given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Tensor] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if func.overloadpacket.__name__ in ("addmm", "mm", "native_layer_norm"):
            self.given += [arg for arg in args if isinstance(arg, Tensor) and arg.dim() > 1]
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("kind", ["pointwise", "layer_norm"])
@pytest.mark.parametrize("copied", [False, True])
def test_channels_last_is_computed_in_place_of_memory(kind: str, copied: bool) -> None:
    layout = torch.contiguous_format if copied else torch.channels_last
    x = maps(2, C, 5, 4).detach().contiguous(memory_format=layout)
    with Operands() as seen:
        LAYERS[kind].double()(x)
    rows = seen.given[0]
    shared = rows.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    assert (shared and rows.is_contiguous()) is not copied  # else torch copies, here or inside


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("kernel", [5, 7])
def test_large_depthwise_keeps_its_weights_type_under_autocast(
    kernel: int, dtype: torch.dtype
) -> None:
    layer = DepthwiseConv(C, C, kernel, padding=kernel // 2, groups=C).to(dtype)
    for given in (torch.bfloat16, torch.float32):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert layer(maps(2, C, 4, 4).detach().to(given)).dtype == dtype

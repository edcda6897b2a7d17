"""Hypothesis strategies: random networks, all fields drawn, small enough to build hundreds of."""

import math
from dataclasses import replace
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from convnext_viz.plans import smallest_image
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.specs.fields import Field, described

KERNELS = (1, 3, 5, 7)


def words(field: str) -> st.SearchStrategy[str]:
    """The words that a field allows."""
    return st.sampled_from(described(ConvNeXtSpec)[field].choices)


def legal(description: type) -> st.SearchStrategy[Any]:
    """Any object of a dataclass whose fields are described, where they do not forbid each other."""

    def of(stages: int) -> st.SearchStrategy[Any]:
        fields = described(description).items()
        return st.builds(description, **{name: value(one, stages) for name, one in fields})

    return st.integers(1, 8).flatmap(of)


def value(one: Field, stages: int) -> st.SearchStrategy[Any]:
    """Any legal value of one field, of a network of so many stages."""
    ends = {"exclude_min": one.low_open, "exclude_max": one.high_open}
    low = one.low if math.isfinite(one.low) else None
    high = one.high if math.isfinite(one.high) else None
    if one.integral:
        number: st.SearchStrategy[Any] = st.integers(low, high)  # type: ignore[arg-type]
        number = number.filter(lambda n: n % 2 == 1) if one.odd else number
    else:
        number = st.floats(low, high, allow_nan=False, allow_infinity=False, **ends)  # type: ignore[arg-type]
    least, most = one.counts
    count = least if least == most else stages
    kinds = {
        "text": st.text(max_size=8),
        "flag": st.booleans(),
        "choice": st.sampled_from(one.choices or ("",)),
        "number": number | st.none() if one.optional else number,
        "numbers": st.lists(number, min_size=count, max_size=count).map(tuple),
    }
    return kinds[one.kind] | number if one.one_for_all else kinds[one.kind]


@st.composite
def specs(draw: st.DrawFn, *, most_stages: int = 4, most_blocks: int = 2) -> ConvNeXtSpec:
    """Any valid spec of at most ``most_stages`` narrow stages of ``most_blocks`` blocks."""
    stages = draw(st.integers(1, most_stages))

    def per_stage(values: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[int, ...]]:
        return st.lists(values, min_size=stages, max_size=stages).map(tuple)

    kernels = st.sampled_from(KERNELS)
    stem = draw(words("stem"))
    head_norm = draw(words("head_norm"))
    bottleneck = draw(words("bottleneck"))
    norm = draw(words("norm"))
    expansion = draw(st.sampled_from((0.5, 1, 1.5, 3, 4.0)) | st.floats(0.5, 4.5))
    # Half of one channel is none, and a standard deviation takes two.
    narrow = norm in ("simple", "group") or expansion < 1 or bottleneck != "inverted"
    narrowest = 4 if narrow else 1
    depthwise = draw(st.booleans()) if bottleneck != "basic" else False
    inner_ratios = (1.0,) if bottleneck == "inverted" else (0.5, 1.0, 1.5, 2.0)
    spec = ConvNeXtSpec(
        name=draw(st.text(max_size=8)),
        depths=draw(per_stage(st.integers(1, most_blocks))),
        dims=draw(per_stage(st.integers(narrowest, 20))),
        in_chans=draw(st.integers(1, 4)),
        num_classes=draw(st.integers(0, 12)),
        stem=stem,
        patch_size=draw(st.integers(1, 6)) if stem in ("patchify", "conv3", "conv3_pool") else 4,
        stem_norm=draw(st.booleans()),
        stem_act=draw(st.booleans()) if not stem.startswith("overlap") else False,
        bottleneck=bottleneck,
        expansion=expansion,
        conv_position=draw(words("conv_position")),
        depthwise=depthwise,
        inner_ratio=draw(st.sampled_from(inner_ratios)),
        kernel_size=draw(kernels | per_stage(kernels)),
        norm=norm,
        norm_eps=draw(st.sampled_from((1e-6, 1e-5)) | st.floats(1e-7, 1e-2)),
        act=draw(words("act")),
        block_norms=draw(words("block_norms")),
        block_acts=draw(words("block_acts")),
        layer_scale=draw(st.none() | st.floats(0, 2) | st.integers(0, 2)),  # links bring 1 for 1.0
        grn=draw(st.booleans()),
        drop_path_rate=draw(st.just(0.0) | st.floats(0, 0.9)),
        conv_bias=draw(st.booleans()),
        downsample=(downsample := draw(words("downsample"))),
        first_downsample=draw(st.booleans()) if downsample != "in_block" else False,
        head_norm=head_norm,
        head_hidden=draw(st.none() | st.integers(1, 16)) if head_norm != "before_pool" else None,
        head_norm_eps=draw(st.none() | st.floats(1e-7, 1e-2)),
        head_pool=draw(words("head_pool")),
        head_act=draw(words("head_act")),
        drop_rate=draw(st.just(0.0) | st.floats(0, 0.9)),
        head_init_scale=draw(st.floats(0, 10)),
    )
    # An image of 64 pixels is enough for every one of them.
    assume(smallest_image(spec) <= 64)
    if norm == "group":
        normed = [*spec.dims, *(width for i in range(stages) for width in spec.widths(i))]
        most = math.gcd(*normed)
        spec = replace(
            spec, norm_groups=draw(st.sampled_from((1, most // 2 if most % 2 == 0 else 1)))
        )
    if depthwise or bottleneck == "basic":
        return spec
    common = math.gcd(*spec.conv_channels)
    divisors = [number for number in range(1, common + 1) if common % number == 0]
    return replace(spec, groups=draw(st.sampled_from(divisors)))

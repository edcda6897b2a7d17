"""How a visitor's network gets its images: size, crop, mean and standard deviation, channels."""

from typing import TYPE_CHECKING

import streamlit as st

from convnext_viz.plans import smallest_image
from convnext_viz.text import t
from convnext_viz.ui import choices
from convnext_viz.ui.explain import cached
from convnext_viz.ui.explain.records import NetworkChoice
from convnext_viz.ui.explain.state import key

if TYPE_CHECKING:
    from convnext_viz.nets import Pretrained
    from convnext_viz.nets.checkpoints.stated import Stated
    from convnext_viz.nets.preprocess import Preprocess

LARGEST = 1024  # pixels of a side
LEAST_CROP = 0.05
_FILTERS = ("nearest", "bilinear", "bicubic", "box", "hamming", "lanczos", "area")
_CROPS = ("center", "squash")
_PRESETS = {"half": (0.5, 0.5), "none": (0.0, 1.0)}  # mean and standard deviation of every channel


def choose(choice: NetworkChoice, pretrained: "Pretrained", given: "Stated") -> "Preprocess":
    """The preprocessing as the controls say; to begin with as a file states it, else the usual."""
    from convnext_viz.nets.checkpoints.usual import usual_preprocess
    from convnext_viz.nets.preprocess import Preprocess

    spec, how = pretrained.spec, pretrained.preprocess
    said = {name: getattr(how, name) for name in pretrained.stated if hasattr(how, name)}
    usual = usual_preprocess(spec, {**said, **given.preprocess})
    of = f"{choice.digest[:16]}_{cached.digest(repr(usual).encode())[:8]}"
    least = min(LEAST_CROP, usual.crop_fraction)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        sides = [
            _side(name, of, side, smallest_image(spec))
            for name, side in zip(("height", "width"), usual.image_size, strict=True)
        ]
        crop = st.number_input(
            t("explain_network.stated.crop_fraction"),
            least,
            1.0,
            step=0.005,
            format="%.3f",
            key=choices.number(_key("crop", of), least, 1.0, usual.crop_fraction, link="crop"),
            width=120,
            help=t("explain_network.crop_help"),
        )
        mode = _one_of("crop_mode", _CROPS, usual.crop_mode, of, link="resize")
        interpolation = _one_of("interpolation", _FILTERS, usual.interpolation, of, link="filter")
    mean, std = _statistics(usual, of, stated="mean" in said or "mean" in given.preprocess)
    st.caption(channels_in_words(usual.channels))
    return Preprocess(
        mean=mean,
        std=std,
        image_size=(sides[0], sides[1]),
        crop_fraction=crop,
        interpolation=interpolation,  # type: ignore[arg-type]
        crop_mode=mode,  # type: ignore[arg-type]
    )


def channels_in_words(channels: int) -> str:
    """How a picture is brought to so many channels."""
    kind = {1: "grey", 2: "grey_alpha", 3: "colours", 4: "alpha"}.get(channels, "repeated")
    return t(f"explain_network.channels.{kind}", channels=channels)


def _side(name: str, of: str, side: int, least: int) -> int:
    label, least, most = t(f"explain_network.{name}"), min(side, least), max(side, LARGEST)
    where = choices.number(_key(name, of), least, most, side, link=name)
    return int(st.number_input(label, least, most, step=1, key=where, width=110))


def _one_of(name: str, options: tuple[str, ...], usual: str, of: str, *, link: str) -> str:
    return str(
        st.selectbox(
            t(f"explain_network.stated.{name}"),
            options,
            format_func=lambda one: t(f"explain_network.{name}.{one}"),
            key=choices.choice(_key(name, of), options, usual, link=link),
            width=230,
        )
    )


def _statistics(
    usual: "Preprocess", of: str, *, stated: bool
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of every channel: a usual pair, or the visitor's own numbers."""
    count = usual.channels
    options = ("usual", *_PRESETS, "own")
    chosen = st.selectbox(
        t("explain_network.normalisation"),
        options,
        format_func=lambda one: t(
            f"explain_network.norm.{'stated' if one == 'usual' and stated else one}"
        ),
        key=choices.choice(_key("norm", of), options, "usual", link="norm"),
    )
    if chosen == "usual":
        return usual.mean, usual.std
    if chosen in _PRESETS:
        mean, std = _PRESETS[chosen]
        return (mean,) * count, (std,) * count
    mean_text, std_text = (
        st.text_input(
            t(f"explain_network.stated.{name}"),
            key=choices.words(_key(name, of), _written(values), longest=200, link=name),
            help=t("explain_network.numbers_help", count=count),
        )
        for name, values in (("mean", usual.mean), ("std", usual.std))
    )
    means, deviations = _numbers(mean_text, count), _numbers(std_text, count)
    if means is None or deviations is None or min(deviations) <= 0:
        st.error(t("explain_network.numbers", count=count), icon=":material/error:")
        return usual.mean, usual.std
    return means, deviations


def _written(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def _numbers(text: str, count: int) -> tuple[float, ...] | None:
    """A number for each channel; one number holds for all. None where the text is neither."""
    try:
        values = tuple(float(one) for one in text.replace(",", " ").split())
    except ValueError:
        return None
    if not all(-1e6 < value < 1e6 for value in values):
        return None
    values = values * count if len(values) == 1 else values
    return values if len(values) == count else None


def _key(what: str, of: str) -> str:
    """Of a control: each file of weights has its own, and new ones when what is stated changes."""
    return key(f"own_{what}_{of}")

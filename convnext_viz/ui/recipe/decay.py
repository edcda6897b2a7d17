"""Section "AdamW": which parameters of a network decay, by name and share."""

import math
from collections import Counter
from typing import Any

import streamlit as st

from convnext_viz.numbers import exact, percent
from convnext_viz.plans import plan
from convnext_viz.plots import layer_rates, names
from convnext_viz.specs import VARIANTS
from convnext_viz.text import t
from convnext_viz.train.paper import FURTHER, PAPER
from convnext_viz.train.schedule import learning_rate, steps_per_epoch, total_steps
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.recipe.about import about

_NETWORKS = (
    "convnext_tiny",
    "convnext_base",
    "convnextv2_atto",
    "convnext_iso_small",
    "resnet50",
    "cifar_ln_gelu",
    "cifar_bn_relu",
)
_UPDATE = r"\theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\,\hat m / (\sqrt{\hat v} + \epsilon)"
_EVERY = 16  # steps: the sum of learning rates needs no more


def show() -> None:
    """The decayed and the exempt parameters of a network, kind by kind and one by one."""
    network = st.selectbox(
        t("common.network.label"),
        _NETWORKS,
        format_func=lambda name: names.network(VARIANTS[name]),
        key=choice("recipe_decay_net", _NETWORKS, _NETWORKS[0], link="net"),
    )
    with st.spinner(t("common.loading")):
        rows = _parameters(network)
    counts: Counter[tuple[str, bool]] = Counter()
    kinds = {layer.name: names.kind(layer) for layer in plan(VARIANTS[network]).layers}
    for name, _, count, decays in rows:
        layer, _, what = name.rpartition(".")
        kind = kinds.get(layer, layer)
        said = t("recipe.decay.bias" if what == "bias" else "recipe.decay.weight", kind=kind)
        counts[said, decays] += count
    total = sum(counts.values())
    decayed = sum(count for (_, decays), count in counts.items() if decays)
    bars = [(said, count, decays) for (said, decays), count in counts.most_common()]
    facts = {
        "share": percent(decayed / total),
        "tensors": sum(decays for *_, decays in rows),
        "all": len(rows),
    }
    picture, words = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with picture:
        chart(
            layer_rates.decay_shares(bars),
            key="recipe_decays",
            alt=t("recipe.decay.alt", **facts),
        )
    with words:
        st.markdown(t("recipe.decay.facts", **facts))
        st.latex(_UPDATE)
        recipe = PAPER["in1k"]
        left = _left()
        st.markdown(t("recipe.decay.left", decay=f"{recipe.weight_decay:g}", share=f"{left:.1g}"))
    with st.expander(t("recipe.decay.names")):
        st.dataframe(
            [
                {
                    t("recipe.decay.name"): name,
                    t("recipe.decay.shape"): "×".join(map(str, shape)),
                    t("recipe.decay.count"): exact(count),
                    t("recipe.decay.decays"): decays,
                }
                for name, shape, count, decays in rows
            ],
            hide_index=True,
        )
    about("decay")


@st.cache_data(max_entries=16, show_spinner=False)
def _parameters(network: str) -> list[tuple[str, Any, int, bool]]:
    """Name, shape, numbers of every parameter, and whether it decays: of a net without values."""
    import torch

    from convnext_viz.nets import build
    from convnext_viz.train.optim import decayed_names

    with torch.device("meta"):
        net = build(VARIANTS[network])
    decayed = decayed_names(net)
    return [
        (name, tuple(one.shape), one.numel(), name in decayed)
        for name, one in net.named_parameters()
    ]


@st.cache_data(show_spinner=False)
def _left() -> float:
    """What decay alone leaves of a weight whose gradient is always 0, over the paper's 300 epochs:
    the product of 1 − ηλ over all steps."""
    recipe = PAPER["in1k"]
    per_epoch = steps_per_epoch(FURTHER["in1k"].images, recipe)
    steps = range(0, total_steps(per_epoch, recipe), _EVERY)
    logs = (math.log1p(-learning_rate(s, per_epoch, recipe) * recipe.weight_decay) for s in steps)
    return math.exp(_EVERY * sum(logs))

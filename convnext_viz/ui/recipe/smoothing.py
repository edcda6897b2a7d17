"""Section "label smoothing": the target and the loss of a real prediction, with and without."""

import streamlit as st

from convnext_viz.data.samples import SAMPLES
from convnext_viz.plots import targets as drawn
from convnext_viz.plots.names import class_names
from convnext_viz.results import Prediction
from convnext_viz.text import t
from convnext_viz.train import targets
from convnext_viz.train.paper import PAPER
from convnext_viz.ui import named_networks, picture
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, number
from convnext_viz.ui.recipe.about import about

_NETWORK = "cifar10_ln_gelu"


def show() -> None:
    """The bundled network's prediction, the smoothed target, and both losses."""
    columns = st.columns(3, vertical_alignment="bottom")
    with columns[0]:
        shown = picture.choose()
    with st.spinner(t("common.loading"), show_time=True):
        prediction = _prediction(shown.key, shown)
    labels = class_names(prediction.labels)
    classes = range(len(labels))
    with columns[1]:
        key = f"recipe_true_{shown.key}"
        true = st.selectbox(
            t("recipe.smoothing.true"),
            classes,
            format_func=labels.__getitem__,
            key=choice(key, classes, _known(shown.key, prediction), link="true"),
        )
    with columns[2]:
        epsilon = st.slider(
            t("recipe.smoothing.epsilon"),
            0.0,
            0.5,
            step=0.05,
            key=number("recipe_epsilon", 0.0, 0.5, PAPER["in1k"].label_smoothing, link="epsilon"),
        )
    hard = targets.one_hot(len(labels), true)
    soft = targets.smoothed(hard, epsilon)
    series = {
        t("recipe.smoothing.hard"): hard.tolist(),
        t("recipe.smoothing.soft"): soft.tolist(),
        t("recipe.smoothing.predicted"): prediction.probabilities.tolist(),
    }
    losses = [targets.cross_entropy(prediction.logits, target) for target in (hard, soft)]
    bars, words = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with bars:
        chart(
            drawn.class_bars(labels, series),
            key="recipe_smoothed",
            alt=t(
                "recipe.smoothing.alt",
                label=labels[true],
                high=f"{soft[true]:.3g}",
                low=f"{soft.min():.3g}",
            ),
        )
    with words:
        lines = [
            f"|{t('recipe.smoothing.what')}|{t('recipe.smoothing.hard')}|{t('recipe.smoothing.soft')}|",
            "|---|---|---|",
            f"|{t('recipe.smoothing.loss')}|{losses[0]:.3f}|{losses[1]:.3f}|",
            f"|{t('recipe.smoothing.least')}|{targets.entropy(hard):.3f}|{targets.entropy(soft):.3f}|",
        ]
        st.markdown("\n".join(lines))
        others = [float(prediction.logits[i]) for i in classes if i != true]
        gap = float(prediction.logits[true]) - sum(others) / len(others)
        best = targets.best_gap(len(labels), epsilon)
        if epsilon:
            st.markdown(t("recipe.smoothing.gap", gap=f"{gap:.2f}", best=f"{best:.2f}"))
        else:
            st.markdown(t("recipe.smoothing.no_best", gap=f"{gap:.2f}"))
    about("smoothing")


def _known(key: str, prediction: Prediction) -> int:
    """The class that the sample shows, where the network knows it; else the predicted one."""
    known = SAMPLES[key].classes + SAMPLES[key].near if key in SAMPLES else ()
    found = [prediction.labels.index(name) for name in known if name in prediction.labels]
    return found[0] if found else prediction.top[0]


@st.cache_data(max_entries=64, show_spinner=False)
def _prediction(key: str, _shown: picture.Shown) -> Prediction:
    from convnext_viz.explain import predict

    known, (x, _) = (
        named_networks.loaded(_NETWORK),
        named_networks.network_input(_NETWORK, key, _shown),
    )
    return predict(known.net, x, known.labels)

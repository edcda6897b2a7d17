"""What stands under every ingredient: what it is, what is known of it, and the way to the lab."""

import streamlit as st

from convnext_viz.text import prose, t
from convnext_viz.train.findings import FINDINGS
from convnext_viz.ui.shell import open_page

_ONE = {"norm": "layer", "act": "gelu"}  # one network: only the ingredient differs

# What the Train page's link says. An ingredient of the network is two variants of one run; one of
# the recipe, which all variants of a run share, is two runs.
TRIES: dict[str, dict[str, dict[str, str]]] = {
    "schedule": {"with": {"warmup_epochs": "1"}, "without": {"warmup_epochs": "0"}},
    "decay": {"with": {"weight_decay": "0.05"}, "without": {"weight_decay": "0"}},
    "mixing": {"with": {"mixup": "0.8", "cutmix": "1"}, "without": {"mixup": "0", "cutmix": "0"}},
    "augmenting": {
        "with": {"rand_augment": "9", "random_erasing": "0.25"},
        "without": {"rand_augment": "0", "random_erasing": "0"},
    },
    "smoothing": {"with": {"label_smoothing": "0.1"}, "without": {"label_smoothing": "0"}},
    "drop": {"both": {"drop_path_rate": "0,0.2"}},
    "scale": {"both": {"layer_scale": "1e-06,0.1"}},
    "average": {"with": {"ema_decay": "0.99"}, "without": {"ema_decay": "0"}},
    "length": {
        "with": {"epochs": "24", "warmup_epochs": "3"},
        "without": {"epochs": "8", "warmup_epochs": "1"},
    },
}


def about(ingredient: str) -> None:
    """The words under the figure, and beside them what others measured and what can be tried."""
    words, beside = st.columns([3, 2], gap="large")
    with words:
        st.markdown(prose("recipe", ingredient))
    with beside:
        _known(ingredient)
        _try(ingredient)


def _known(ingredient: str) -> None:
    found = [one for one in FINDINGS if one.ingredient == ingredient]
    if not found:
        return
    st.markdown(f"**{t('recipe.about.known')}**")
    for one in found:
        said = t(f"recipe.finding.{one.key}", **one.values)
        st.markdown(f"{said}  \n:small[:gray[{one.source}]]")


def _try(ingredient: str) -> None:
    st.markdown(f"**{t('recipe.about.try')}**")
    tries = TRIES.get(ingredient)
    if tries is None:
        st.caption(t("recipe.about.none"))
        return
    name = t(f"recipe.section.{ingredient}")
    for kind, link in tries.items():
        label = t(f"recipe.about.{kind}", name=name)
        open_page("train", label=label, icon=":material/science:", link=_ONE | link)
    st.caption(t("recipe.about.one_run" if "both" in tries else "recipe.about.two_runs"))

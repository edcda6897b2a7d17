"""Which images are held back for testing, whether that is enough, and images that are too alike."""

import streamlit as st

from convnext_viz.data import own_sets
from convnext_viz.data.own_sets import Pair, PictureSet
from convnext_viz.text import t
from convnext_viz.ui.boundary import attempt
from convnext_viz.ui.literal import literal
from convnext_viz.ui.yours import gallery, state

_SHARES = (0.1, 0.2, 0.25, 0.3, 0.4, 0.5)
_PAIRS = 8  # shown at once


def show(found: PictureSet) -> None:
    """The split, advice, and pairs of images that hardly differ."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        share = st.select_slider(
            t("yours.split.share"),
            sorted({*_SHARES, found.test_share}),
            value=found.test_share,
            format_func=lambda part: f"{part:.0%}",
            key=f"yours_share_{found.id}_{found.test_share}",
            help=t("yours.split.share_help"),
            width=240,
        )
        seed = st.number_input(
            t("yours.split.seed"),
            0,
            10**6,
            value=found.seed,
            key=f"yours_seed_{found.id}_{found.seed}",
            help=t("yours.split.seed_help"),
            width=140,
        )
    if (seed, share) != (found.seed, found.test_share):
        made = attempt(lambda: own_sets.split(found.id, seed=int(seed), test_share=float(share)))
        if made is not None:
            st.rerun()
    for said in own_sets.advice(found):
        st.warning(said, icon=":material/lightbulb:")
    _alike(found)


@st.cache_data(max_entries=16, show_spinner=False)
def _pairs(id: str, mark: str) -> tuple[Pair, ...]:
    del mark
    return own_sets.near_duplicates(own_sets.read(id))


def _alike(found: PictureSet) -> None:
    """Pairs of images that hardly differ; those across the split first."""
    pairs = sorted(_pairs(found.id, own_sets.mark(found)), key=lambda one: not one.across)
    if not pairs:
        return
    small = gallery.thumbnails(found)
    across = sum(one.across for one in pairs)
    title = t("yours.alike.title", pairs=len(pairs), across=across)
    with st.expander(title, expanded=across > 0, icon=":material/content_copy:"):
        st.caption(t("yours.alike.note"))
        for pair in pairs[:_PAIRS]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                for one in (pair.first, pair.second):
                    with st.container(width=150, gap=None):
                        st.image(small[one.id], width=96)
                        st.caption(
                            t(
                                "yours.alike.one",
                                label=literal(one.label),
                                half=t(f"yours.gallery.{one.half}"),
                            )
                        )
                st.button(
                    t("yours.alike.remove"),
                    key=f"yours_alike_{pair.first.id}_{pair.second.id}",
                    icon=":material/delete:",
                    on_click=lambda second=pair.second.id: state.change(
                        lambda: own_sets.remove(found.id, [second])
                    ),
                )
        if pairs[_PAIRS:]:
            st.caption(t("yours.alike.more", count=len(pairs) - _PAIRS))

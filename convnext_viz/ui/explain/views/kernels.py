"""The kernels of a stage, block by block; for the stem the patches of colour it looks for."""

import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.plans import Branch, Plan, Residual, plan, smallest_image
from convnext_viz.plots import kernels as multiples
from convnext_viz.plots import names
from convnext_viz.results import Kernels
from convnext_viz.text import prose, sentences, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain import cached_features
from convnext_viz.ui.explain.records import Subject
from convnext_viz.ui.explain.state import Link, key
from convnext_viz.ui.explain.subject import pages

PAGE = 192  # kernels


def show(subject: Subject, stage: str) -> Link:
    """Kernels of one block; returns what of it a link holds."""
    if stage == "stem":
        return _patches(subject)
    st.markdown(f"#### {t('explain_features.kernels.of_stage', stage=names.stage(stage))}")
    spec = subject.pretrained.spec
    described = plan(spec, smallest_image(spec))
    of, _, chosen = stage.partition(".blocks.")
    inside = [layer for block in described.stage(of).blocks for layer in block.layers]
    if all(layer.kernel_size == 1 for layer in inside):
        st.info(t("explain_features.kernels.none"))
        return {}
    blocks = cached_features.stage_kernels(subject, of)
    number = int(chosen or 0) + 1
    if len(blocks) > 1 and not chosen:
        number, _ = pages.choose(f"block_of_{stage}_{len(blocks)}", len(blocks), param="block")
    found = blocks[number - 1]
    dense = described.layer(found.name).kind != "depthwise"
    branched = len(_branches(described, found.name)) > 1
    count, size, _ = found.values.shape
    note = t(
        "explain_features.kernels.note",
        block=number,
        blocks=len(blocks),
        count=count,
        size=size,
        name=found.name,
    )
    words = [t("explain_features.kernels.dense")] if dense else []
    words += [t("explain_features.kernels.branches")] if branched else []
    st.caption(sentences(note, *words))
    page = _sheets(found)
    if size > 3:
        shares = [one.centre_share() for one in blocks]
        said = ", ".join(
            t("explain_features.kernels.share", block=i, share=percent(share))
            for i, share in enumerate(shares, 1)
        )
        even = percent(9 / size**2)
        st.markdown(t("explain_features.kernels.centre", shares=said, even=even))
    st.markdown(prose("explain_features", "kernels"))
    if not dense:
        st.markdown(prose("explain_features", "kernels_depthwise"))
    return {
        "block": number if number > 1 and not chosen else None,
        "page": page if page > 1 else None,
    }


def _branches(described: Plan, layer: str) -> list[Branch]:
    """The branches with layers of the residual that a layer is on the first branch of."""
    return [
        branch
        for block in described.stage(layer).blocks
        for step in block.steps
        if isinstance(step, Residual) and layer in [one.name for one in step.branches[0].layers]
        for branch in step.branches
        if branch.layers
    ]


def _patches(subject: Subject) -> Link:
    found = cached_features.first_patches(subject)
    count, size = found.values.shape[:2]
    st.markdown(f"#### {t('explain_features.patches.title')}")
    channels = subject.pretrained.spec.in_chans
    note = t("explain_features.patches.note", count=count, size=size, name=found.name)
    if channels != 3:
        kind = "first_three" if channels > 3 else "grey"
        note = sentences(note, t(f"explain_features.patches.{kind}", channels=channels))
    st.caption(note)
    page = _sheets(found, colours=True)
    spec = subject.pretrained.spec
    first = plan(spec, smallest_image(spec)).layer(found.name)
    apart = first.stride >= first.kernel_size
    st.markdown(prose("explain_features", "patches" if apart else "filters"))
    return {"page": page if page > 1 else None}


def _sheets(found: Kernels, *, colours: bool = False) -> int:
    """One page of small multiples in two halves, so that a phone shows both well."""
    number = -(-len(found.values) // PAGE)
    page, above = pages.choose(f"sheet_of_{number}", number)
    first, last = (page - 1) * PAGE, min(page * PAGE, len(found.values))
    half = -(-(last - first) // 16) * 8  # full rows of eight
    for place, column in enumerate(above.columns(2, gap="medium")):
        begin = first + place * half
        if begin < last:
            draw = multiples.patches if colours else multiples.grid
            shown = slice(begin, min(begin + half, last))
            with column:
                chart(
                    draw(found, columns=8, side=54, channels=shown),
                    key=key(f"kernels{place}"),
                    alt=multiples.describe([found]),
                )
    return page

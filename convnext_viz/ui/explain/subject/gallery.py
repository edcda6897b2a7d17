"""Test images of a data set: true and predicted label below each, mistakes first if wanted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from convnext_viz.explain.classes import matched
from convnext_viz.numbers import percent
from convnext_viz.plots.names import class_names
from convnext_viz.plots.thumbnails import Thumbnail
from convnext_viz.results import Classified
from convnext_viz.text import t
from convnext_viz.ui import jobs, visitor
from convnext_viz.ui.explain import records
from convnext_viz.ui.explain.records import NetworkChoice, Picture
from convnext_viz.ui.explain.state import key, seed
from convnext_viz.ui.explain.subject import files, scores, strip
from convnext_viz.ui.explain.subject import test_set as sets
from convnext_viz.ui.shell import open_page

if TYPE_CHECKING:
    from convnext_viz.data.image_sets import ImageSet
    from convnext_viz.nets import Pretrained

LARGEST_ZIP = 200  # MB
ALL = -1  # in place of a class
_OF = "explain_gallery_of"  # no widget's: which list the chosen picture is out of


def choose(choice: NetworkChoice | None, pretrained: "Pretrained | None") -> Picture | None:
    """One of the test images; None, with what to do, where there are none."""
    left, right = st.columns([1.5, 1], gap="small")
    with left:
        kind = _kind(choice)
    if not sets.is_here(kind):
        st.info(t(f"explain_subjects.set.get_{kind}"))
        if kind != "imagenet":
            open_page("train")
        return None
    found = _set(kind, choice)
    if found is None:
        return None
    with right:
        label = _class(found)
    if choice is not None and not choice.classifies:
        pretrained = None  # which says nothing of what it sees
    same = sets.same_classes(found, pretrained)
    if pretrained is not None and same and not matched(found.classes, pretrained.labels):
        st.caption(t(f"explain_network.set.{'by_synset' if pretrained.labels else 'by_order'}"))
    own = kind in ("folder", "zip") and choice is not None and choice.kind == "checkpoint"
    mistakes, known = _mistakes_first(found, choice, pretrained, same, unasked=own)
    if known is not None and same is not None:
        scores.keep(found, known, same)
    ids = _listed(found, label, known, same)
    if not ids:
        st.info(t("explain_subjects.set.none_left"))
        return None
    of = f"{found.key}:{label}:{mistakes}"
    if not mistakes or known is not None:
        if mistakes and st.session_state.get(_OF, of) != of:
            st.session_state[key("index")] = ids[0]  # the surest mistake of all
        st.session_state[_OF] = of

    def draw(some: Sequence[int]) -> list[Thumbnail]:
        said = {}
        if choice is not None and pretrained is not None:
            said = sets.taken_for(found, some, choice.key, pretrained)
        return [_thumbnail(found, place, said.get(place), pretrained, same) for place in some]

    net = choice.key if choice is not None and known is not None else ""
    place = strip.choose("index", ids, draw, of=f"{of}:{net}")
    truth = _truth(found, place)
    st.caption(t("explain_subjects.set.shown", place=place, label=truth))
    link = f"{found.key.split(':')[0]}:{place}" if kind not in ("folder", "zip") else None
    if kind == "run" and choice is not None:
        link = f"run:{choice.run}:{place}"
    return Picture(
        f"{found.key}:{place}",
        found.read(place),
        stem=f"{kind}-{place}",
        link=link,
        truth=truth,
    )


def _kind(choice: NetworkChoice | None) -> str:
    with st.spinner(t("explain_subjects.set.loading")):
        kinds = sets.kinds(choice)
    where = seed("set", kinds, kinds[0], param="set")
    st.selectbox(
        t("explain_subjects.set.which"),
        kinds,
        format_func=lambda kind: t(f"explain_subjects.set.{kind}"),
        key=where,
        label_visibility="collapsed",
    )
    return str(st.session_state[where])


def _set(kind: str, choice: NetworkChoice | None) -> "ImageSet | None":
    path = ""
    if kind == "zip":
        label = t("explain_network.set.zip_which", limit=LARGEST_ZIP)
        given = files.choose("set_zip", label, most=LARGEST_ZIP * 2**20, largest=LARGEST_ZIP)
        if not given:
            st.caption(t("explain_network.set.zip_hint"))
            return None
        with st.spinner(t("explain_subjects.set.loading")):
            return sets.opened_zip(given[-1])
    if kind == "folder":
        path = st.text_input(
            t("explain_subjects.set.path"),
            key=key("set_path"),
            persist_state="session",
            help=t("explain_subjects.set.path_help"),
        ).strip()
        if not path:
            st.caption(t("explain_subjects.set.path_help"))
            return None
        path = visitor.place(path)
    with st.spinner(t("explain_subjects.set.loading")):
        return sets.opened(kind, choice, path)


def _class(found: "ImageSet") -> int:
    """The class whose pictures are shown, or ALL."""
    options = [ALL, *range(len(found.classes))]
    where = seed(f"set_class_of_{len(found.classes)}", options, ALL, param="set_class")
    names = class_names(found.classes)
    words = {i: f"{name} #{i}" for i, name in enumerate(names)}
    if len(set(names)) == len(names):
        words = dict(enumerate(names))
    words[ALL] = t("explain_subjects.set.all_classes")
    return int(
        st.selectbox(
            t("explain_subjects.set.class"),
            options,
            format_func=words.__getitem__,
            key=where,
            label_visibility="collapsed",
        )
    )


def _mistakes_first(
    found: "ImageSet",
    choice: NetworkChoice | None,
    pretrained: "Pretrained | None",
    same: tuple[int, ...] | None,
    *,
    unasked: bool,
) -> tuple[bool, Classified | None]:
    """Whether mistakes are to come first, and if they are known: what the network says of all."""
    if choice is None or pretrained is None:
        return False, None
    if same is None:
        st.caption(t("explain_subjects.set.other_classes"))
        return False, None
    where = seed("own_mistakes" if unasked else "mistakes", (False, True), unasked)
    if not st.toggle(
        t("explain_subjects.set.mistakes"), key=where, help=t("explain_subjects.set.mistakes_help")
    ):
        return False, None
    count, total = sets.affordable(found, pretrained), len(found.labels)
    this = (found.key, choice.key)
    if st.session_state.get(key("set_whole")) == this:
        count = total
    known = jobs.awaited(
        "gallery",
        f"classified:{found.key}:{choice.key}:{count}",
        lambda: sets.classified(found, pretrained, count),
        title=t("explain_subjects.set.looking"),
    )
    if known is None:
        return True, None
    wrong, seen = int(_wrong(found, known, same).sum()), int((known.targets >= 0).sum())
    share = percent(1 - wrong / max(seen, 1))
    st.caption(t("explain_subjects.set.found", wrong=wrong, count=seen, share=share))
    if count < total:
        st.button(
            t("explain_subjects.set.whole", count=total),
            key=key("set_whole_ask"),
            on_click=lambda: st.session_state.update({key("set_whole"): this}),
            type="tertiary",
        )
    return True, known


def _wrong(found: "ImageSet", known: Classified, same: tuple[int, ...]) -> NDArray[np.bool_]:
    truth = np.array(same)[found.labels[: len(known.targets)]]
    wrong: NDArray[np.bool_] = (known.targets != truth) & (known.targets >= 0)
    return wrong


def _listed(
    found: "ImageSet", label: int, known: Classified | None, same: tuple[int, ...] | None
) -> list[int]:
    """The places of the pictures of a class, in order; the surest mistakes before all others."""
    places = np.arange(len(found.labels))
    if label != ALL:
        places = places[found.labels == label]
    if known is None or same is None:
        return [int(place) for place in places]
    sure = np.zeros(len(found.labels), dtype=np.float32)
    wrong = _wrong(found, known, same)
    sure[: len(wrong)][wrong] = known.probabilities[wrong]
    return [int(place) for place in places[np.argsort(-sure[places], kind="stable")]]


def _thumbnail(
    found: "ImageSet",
    place: int,
    said: tuple[int, float] | None,
    pretrained: "Pretrained | None",
    same: tuple[int, ...] | None,
) -> Thumbnail:
    truth = _truth(found, place)
    lines, hover = [truth], t("explain_subjects.set.true", label=truth)
    if said is not None and pretrained is not None:
        label = records.label(pretrained, said[0])
        lines.append(_marked(label, said[0], found, place, same))
        hover += "<br>" + t("explain_subjects.set.taken", label=label, share=percent(said[1]))
    small = sets.thumbnail(found.key, place, found)
    return Thumbnail(place, small, f"#{place} · {truth}", tuple(lines), hover)


def _truth(found: "ImageSet", place: int) -> str:
    return class_names(found.classes)[int(found.labels[place])]


def _marked(
    label: str, target: int, found: "ImageSet", place: int, same: tuple[int, ...] | None
) -> str:
    if same is None:
        return label
    return f"{'✓' if target == same[int(found.labels[place])] else '✗'} {label}"

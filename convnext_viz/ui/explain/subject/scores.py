"""How well the network does on a set of labelled images: accuracy and confusion matrix."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from convnext_viz.numbers import percent
from convnext_viz.plots import training_confusion
from convnext_viz.plots.names import class_names
from convnext_viz.results import Classified
from convnext_viz.text import sentences, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain.state import key
from convnext_viz.ui.literal import literal

if TYPE_CHECKING:
    from convnext_viz.data.image_sets import ImageSet

_KEPT = "explain_scores"  # no widget's: what this run has found out, until it is shown
_MOST = 60  # classes of a matrix that can be read


@dataclass(frozen=True, eq=False)
class Scores:
    """Images by true and predicted class; the last column is for classes that no image has."""

    pictures: NDArray[np.int64]  # (classes of the set, the same and one more)
    classes: tuple[str, ...]
    skipped: int  # files that could not be read

    @property
    def right(self) -> int:
        """How many images are classified as they are labelled."""
        return int(np.trace(self.pictures))


def scores(found: "ImageSet", known: Classified, same: tuple[int, ...]) -> Scores:
    """The counts of a set. ``same``: for every class of the set the network's."""
    count = len(found.classes)
    here = {number: place for place, number in enumerate(same)}
    pictures = np.zeros((count, count + 1), dtype=np.int64)
    for truth, target in zip(found.labels, known.targets, strict=False):
        if target >= 0:
            pictures[truth, here.get(int(target), count)] += 1
    return Scores(pictures, class_names(found.classes), int((known.targets < 0).sum()))


def keep(found: "ImageSet", known: Classified, same: tuple[int, ...]) -> None:
    """Notes the counts of a set, for the place where they are shown."""
    st.session_state[_KEPT] = scores(found, known, same)


def show() -> None:
    """Accuracy and confusion matrix of the set whose images were classified in this run."""
    found: Scores | None = st.session_state.pop(_KEPT, None)
    if found is None or not found.pictures.sum():
        return
    total = int(found.pictures.sum())
    st.markdown(
        f"#### {t('explain_network.set.score', share=percent(found.right / total), count=total)}"
    )
    wrong = found.pictures.copy()
    np.fill_diagonal(wrong, 0)
    names = (*found.classes, t("explain_network.set.other"))
    row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
    most = t(
        "explain_network.set.most",
        label=literal(names[int(row)]),
        said=literal(names[int(column)]),
        count=int(wrong.max()),
    )
    note = t("explain_network.set.score_note")
    skipped = t("explain_network.set.skipped", count=found.skipped) if found.skipped else ""
    st.caption(sentences(most if wrong.any() else "", skipped))
    if len(found.classes) > _MOST:
        return
    with st.expander(t("explain_network.set.confusion"), expanded=True):
        others = bool(wrong[:, -1].any())
        square = np.vstack([found.pictures, np.zeros_like(found.pictures[:1])])
        end = len(names) if others else len(found.classes)
        square, shown = square[:end, :end], names[:end]
        chart(
            training_confusion.confusion(square, shown),
            key=key("confusion"),
            alt=training_confusion.describe_confusion(square, shown),
        )
        st.caption(note)

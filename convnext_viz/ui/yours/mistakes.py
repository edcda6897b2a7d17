"""The mistakes on the test images, the most certain first, with maps; and the confusion matrix."""

import streamlit as st
from PIL import Image

from convnext_viz.numbers import percent
from convnext_viz.plots import attribution, training_confusion
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.literal import literal
from convnext_viz.ui.yours import answers
from convnext_viz.ui.yours.answers import Answers

SHOWN = ("wrong", "right")
_MOST = 12  # images at once
_SIDE = 128  # pixels
_OPACITY = 0.5


def show(found: Answers) -> None:
    """Image, map of the predicted class and map of the true class, a row each."""
    wrong, right = found.mistakes, found.right
    count = len(found.labels)
    st.markdown(
        t("yours.mistakes.score", right=len(right), count=count, share=percent(len(right) / count))
    )
    which = st.segmented_control(
        t("yours.mistakes.which"),
        SHOWN,
        format_func=lambda name: t(
            f"yours.mistakes.{name}", count=len(wrong if name == "wrong" else right)
        ),
        key=choice("yours_shown", SHOWN, SHOWN[0] if wrong else SHOWN[1], link="shown"),
        required=True,
        label_visibility="collapsed",
    )
    places = wrong if which == "wrong" else right
    if not places:
        st.info(t(f"yours.mistakes.{'no_mistake' if which == 'wrong' else 'no_right'}"))
        return
    st.caption(t(f"yours.mistakes.order_{which}"))
    columns = st.columns(2)
    for number, place in enumerate(places[:_MOST]):
        with columns[number % len(columns)]:
            _row(found, place)
    if places[_MOST:]:
        st.caption(t("yours.mistakes.more", count=len(places) - _MOST))
    st.markdown(prose("yours", "maps"))


def confusion(found: Answers) -> None:
    """True and predicted classes of all test images."""
    chart(
        training_confusion.confusion(found.confusion, found.classes),
        key="yours_confusion",
        alt=training_confusion.describe_confusion(found.confusion, found.classes),
    )
    st.caption(t("yours.mistakes.confusion_note"))


def enlarged(image: Image.Image) -> Image.Image:
    """A small image with its pixels left as squares."""
    factor = max(1, -(-_SIDE // max(image.size)))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def _row(found: Answers, place: int) -> None:
    truth, said = int(found.labels[place]), int(found.predicted[place])
    names = [literal(found.classes[truth]), literal(found.classes[said])]
    values = {"truth": names[0], "said": names[1], "sure": percent(float(found.sure[place]))}
    image = found.image(place)
    with st.container(border=True, horizontal=True, gap="small"):
        with st.container(width=150, gap="small"):
            kind = "wrong" if truth != said else "right"
            st.markdown(t(f"yours.mistakes.said_{kind}", **values))
        _picture(enlarged(image), t("yours.mistakes.image", number=place + 1, truth=names[0]))
        for target in dict.fromkeys((said, truth)):
            label = literal(found.classes[target])
            mapped = answers.heat_map(found, place, target)
            over = attribution.overlay_image(mapped, image, opacity=_OPACITY)
            words = t("yours.mistakes.map", label=label)
            if mapped.nothing:
                words = t("yours.mistakes.no_map", label=label)
            _picture(over, words)


def _picture(image: Image.Image, words: str) -> None:
    with st.container(width=_SIDE + 10, gap=None):
        st.image(image, width=_SIDE, alt=words)
        st.caption(words)

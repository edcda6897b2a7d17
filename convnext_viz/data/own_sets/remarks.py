"""Advice about a set before a network is trained on it, as sentences."""

from convnext_viz.data.own_sets.sets import PictureSet
from convnext_viz.data.own_sets.similarity import near_duplicates
from convnext_viz.text import t

FEW = 10  # pictures of a class below which there is a word about it
UNBALANCED = 3.0  # times as many pictures of one class as of another


def advice(given: PictureSet) -> tuple[str, ...]:
    """What is worth doing about a set, the most important first; empty where it is in order."""
    if not given.pictures:
        return (t("own_sets.advice.empty", least=FEW),)
    counts = {label: given.count(label) for label in given.classes}
    said = []
    if len(counts) == 1:
        said.append(t("own_sets.advice.one_class", label=given.classes[0]))
    for label, count in counts.items():
        if not given.count(label, "train"):
            said.append(t("own_sets.advice.untrained", label=label))
        if not given.count(label, "test"):
            said.append(t("own_sets.advice.untested", label=label))
        if count < FEW:
            said.append(t("own_sets.advice.few", label=label, count=count, least=FEW))
    most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    if counts[most] > UNBALANCED * counts[least]:
        said.append(
            t(
                "own_sets.advice.unbalanced",
                most_label=most,
                most=counts[most],
                least_label=least,
                least=counts[least],
            )
        )
    leaks = sum(pair.across for pair in near_duplicates(given))
    if leaks:
        said.append(t("own_sets.advice.leak", count=leaks))
    return tuple(said)

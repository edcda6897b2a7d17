"""The verdict on a run: what its factors did, the best variant, what the paper found, the guess."""

import streamlit as st

from convnext_viz.lab import Run
from convnext_viz.plots import theme, training, training_differences
from convnext_viz.results import Difference, Verdict
from convnext_viz.specs import family_of, varied
from convnext_viz.specs.published_repvgg import ablation_accuracies
from convnext_viz.specs.published_roadmap import accuracies
from convnext_viz.specs.variant_labels import field_shown, shown
from convnext_viz.text import sentences, t
from convnext_viz.train import verdict_words as words
from convnext_viz.ui import lab
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.literal import literal
from convnext_viz.ui.train import views

_CLAIMS = {  # of every family's paper
    "convnext": (
        *("norm", "act", "kernel_size", "depthwise", "expansion", "patch_size", "layer_scale"),
    ),
    "repvgg": ("identity_branch", "pointwise_branch"),
}
_ALL = "*"  # no baseline: all pairs


def headline(run: Run) -> None:
    """The first line once all seeds are done, for above the curves, which fill a screen."""
    if _all_done(run) and len(run.experiment.labels) > 1:
        given = lab.lab().verdict(run.id, moment=run.moment)
        if given is not None:
            _first_line(words.said(given)[0])


def show(run: Run) -> None:
    """The panel."""
    if len(run.experiment.labels) < 2:
        st.info(t("train_page.verdict.one_arm"))
        return
    given = lab.lab().verdict(run.id, moment=run.moment)
    if given is None:
        st.info(t("train_page.verdict.waiting"))
        _left_out(run)
        return
    first, *others = words.said(given)
    if not _all_done(run):
        _first_line(first)
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        for line in others:
            st.markdown(f"- {literal(line)}")
        _left_out(run)
        _guess(run, given)
        _effects(given)
    with right:
        _means(given)
        _claims(run)
    if len(given.arms) > 2:
        _between(run, given)


def _all_done(run: Run) -> bool:
    return run.seeds_done == len(run.experiment.seeds)


def _first_line(sentence: str) -> None:
    with st.container(key="train_verdict"):
        st.markdown(f"**{literal(sentence)}**")


def _effects(given: Verdict) -> None:
    """The differences of all factors as a figure; without factors, those of the arms follow."""
    found = [
        (
            t(
                "train_page.verdict.effect_row",
                factor=field_shown(effect.factor),
                of=words.level_shown(effect.factor, one.of),
                than=words.level_shown(effect.factor, one.than),
            ),
            one,
        )
        for effect in given.effects
        if effect.factor
        for one in effect.differences
    ]
    if found:
        colours = [theme.STAGE_COLOURS["stage1"]] * len(found)
        chart(
            training_differences.differences(found, colours),
            key="train_effects",
            alt=sentences(*words.said(given)),
        )


def _means(given: Verdict) -> None:
    st.markdown(f"**{t('train_page.verdict.means')}**", help=t("train_page.verdict.means_help"))
    st.dataframe(
        [
            {
                t("train_page.table.arm"): shown(one.label),
                t("train_page.quantity.test_accuracy"): words.arm_said(one),
                t("train_page.table.seeds"): one.seeds,
            }
            for one in given.arms
        ],
        hide_index=True,
        height=min(38 + 35 * len(given.arms), 458),
    )


def _between(run: Run, given: Verdict) -> None:
    """Differences of all pairs of arms, or of all arms to a baseline."""
    labels = [one for one in run.experiment.labels if any(one == arm.label for arm in given.arms)]
    st.markdown(f"**{t('train_page.verdict.between')}**")
    baseline = st.selectbox(
        t("train_page.verdict.baseline"),
        (_ALL, *labels),
        format_func=lambda label: (
            t("train_page.verdict.all_pairs") if label == _ALL else shown(label)
        ),
        key=choice("train_baseline", (_ALL, *labels), labels[0]),
        width=320,
    )
    found = given.pairs
    if baseline != _ALL:
        found = lab.lab().differences(run.id, baseline, moment=run.moment)
    style = training.styles(run.experiment.arms)
    colours = [style[one.of][0] for one in found]
    chart(
        training_differences.differences(
            [
                (t("train_page.verdict.pair_row", of=shown(one.of), than=shown(one.than)), one)
                for one in found
            ],
            colours,
        ),
        key="train_differences",
        alt=sentences(*map(words.difference_said, found)),
    )
    procedure = "tukey" if baseline == _ALL else "dunnett"
    if not given.complete:
        procedure = "bonferroni"
    st.caption(
        t(
            "train_page.verdict.between_note",
            procedure=t(f"train_page.verdict.{procedure}"),
        )
    )


def _left_out(run: Run) -> None:
    """Seeds that could not count: to diverge is worse than any accuracy, and must not vanish."""
    for label, seeds in run.diverged.items():
        listed = ", ".join(map(str, sorted(seeds)))
        st.warning(t("train_page.verdict.left_out", arm=shown(label), seeds=listed))


def _guess(run: Run, given: Verdict) -> None:
    """The guess before the start next to what came out, once all seeds are done."""
    guess = views.guess(run.id) or run.guess
    if not guess:
        return
    said = views.guess_shown(guess)
    if not _all_done(run):  # a later seed may turn the result
        st.info(t("train_page.verdict.guess_early", guess=said), icon=":material/hourglass:")
        return
    if guess == views.NOBODY:
        outcomes = {one.outcome for one in given.effects} | {one.outcome for one in given.pairs}
        outcome = "not" if "shown" in outcomes else "right"
    else:
        outcome = _judged(lab.lab().differences(run.id, guess, moment=run.moment))
    told = t(f"train_page.verdict.guess_{outcome}", guess=said)
    if outcome == "right":
        st.success(told, icon=":material/check:")
    else:
        st.info(told, icon=":material/psychology:")


def _judged(found: tuple[Difference, ...]) -> str:
    """Whether the arm that these differences are to is the best."""
    clear = [one for one in found if one.outcome == "shown"]
    if any(one.mean > 0 for one in clear):
        return "not"
    return "right" if found and len(clear) == len(found) else "open"


def _claims(run: Run) -> None:
    specs = [arm.spec for arm in run.experiment.arms]
    differing, family = varied(specs), family_of(specs[0]).key
    claims = [name for name in _CLAIMS.get(family, ()) if name in differing]
    if not claims or "family" in differing:
        return
    with st.container(border=True):
        st.markdown(f"**{t('train_page.claim.title')}**")
        for name in claims:
            values = accuracies() | ablation_accuracies()
            st.markdown(f"- {t(f'train_page.claim.{family}.{name}', **values)}")
        st.caption(t(f"train_page.claim.{family}.setting"))

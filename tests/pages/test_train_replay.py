"""Recorded runs on the Train page: guessed, played, paused, scrubbed, cloned, found in the list."""

import re
import time
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.lab import Lab, recorded
from convnext_viz.text import t, use_language
from convnext_viz.train.verdict_words import said
from tests.pages.train_page import opened, own_lab
from tests.pages.visits import WAIT, quiet

RUN = "recorded-norm-act"
GUESS = "LN · GELU"


@pytest.fixture(scope="module", autouse=True)
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from own_lab(tmp_path_factory.mktemp("lab"))


def guessed(**query: str) -> AppTest:
    """The recording with a guess locked in, at its end."""
    app = opened(run=RUN, **query)
    app.button_group(key="train_replay_guess").set_value(GUESS).run()
    return quiet(app.button(key="train_replay_end").click().run())


def written(text: str) -> str:
    """A sentence of the page without its Markdown."""
    return re.sub(r"\\(.)", r"\1", text.removeprefix("- ").strip("*"))


def standing(app: AppTest) -> str:
    """What is said beside the slider: step, epoch, seed."""
    (progress,) = app.get("progress")
    return str(progress.proto.text)


def expected(lab: Lab, seconds: float) -> tuple[int, int]:
    now = lab.status(RUN, moment=seconds)
    return now.step, now.seeds_done


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_link_opens_it_and_says_where_it_is_from(lang: str) -> None:
    app = quiet(opened(run=RUN, lang=lang))
    metadata = recorded.about(RUN)
    with use_language(lang):
        assert any(t("train_page.state.recorded") in text.value for text in app.markdown)
        factors = [t("train_page.factor.norm"), t("train_page.factor.act")]
        data = t("train_page.replay.cifar10")
    named = [text.value for text in app.markdown if all(word in text.value for word in factors)]
    assert len(named) == 1 and "small" not in named[0]  # no identifier
    (made,) = [text.value for text in app.caption if data in text.value]
    took = {"en": "58 min", "zh": "58 分钟"}[lang]
    for fact in (metadata.environment["label"], metadata.environment["torch"], took):
        assert fact in made
    assert metadata.environment["commit"][:7] in made and "2026-11-24" in made


def test_a_guess_comes_before_the_play(lab: Lab) -> None:
    app = opened(run=RUN)
    assert app.button(key="train_replay_play").disabled
    assert app.button(key="train_replay_end").disabled
    assert app.slider(key="train_replay_at").disabled
    assert "step 0 of" in standing(app)
    app.button_group(key="train_replay_guess").set_value(GUESS).run()
    assert not app.button(key="train_replay_play").disabled
    app.segmented_control(key="train_replay_speed").set_value(20).run()
    quiet(app.button(key="train_replay_play").click().run())
    assert not [group for group in app.button_group if group.key == "train_replay_guess"]
    assert app.session_state["train_guesses"] == {RUN: GUESS}
    end = time.monotonic() + WAIT
    while "step 0 of" in standing(app):  # it goes on by itself
        assert time.monotonic() < end
        time.sleep(0.1)
        quiet(app.run())
    app.button(key="train_replay_play").click().run()  # the same button holds it
    at_pause = standing(app)
    time.sleep(0.3)
    assert standing(app.run()) == at_pause
    moment = 60 * app.slider(key="train_replay_at").value
    assert f"step {expected(lab, moment)[0]:,} of" in at_pause


@pytest.mark.parametrize("share", [0.0, 0.2, 0.34, 0.9])
def test_the_slider_shows_any_moment(lab: Lab, share: float) -> None:
    app = guessed()
    duration = recorded.about(RUN).duration
    minutes = share * duration / 60
    quiet(app.slider(key="train_replay_at").set_value(minutes).run())
    step, done = expected(lab, 60 * minutes)
    assert standing(app).startswith(f"step {step:,} of")
    assert f"seed {done + 1} of 3" in standing(app)
    assert abs(app.get("progress")[0].proto.value - 100 * share) <= 1  # as the slider
    app.segmented_control(key="train_section").set_value("confusion").run()
    assert len(quiet(app).info) == (not done)  # the axes of the curves are there from the start
    app.segmented_control(key="train_section").set_value("verdict").run()
    texts = [written(text.value) for text in app.markdown]
    now = lab.verdict(RUN, moment=60 * minutes)
    assert (now is not None) == bool(done)
    assert now is None or set(said(now)) <= set(texts)
    early = [info.value for info in app.info if "when all seeds are finished" in info.value]
    assert len(early) == bool(done) and not app.success  # a later seed may turn the result


def test_at_its_end_it_is_the_run_with_the_guess_beside_the_verdict(lab: Lab) -> None:
    app = guessed()
    finished = lab.status(RUN)
    assert standing(app).startswith(f"step {finished.total:,} of {finished.total:,}")
    texts = [text.value for text in app.markdown]
    given = lab.verdict(RUN)
    assert given is not None
    assert set(said(given)) <= set(map(written, texts))
    notices = [*app.info, *app.success]
    assert len(notices) == 1 and GUESS in notices[0].value
    for section in ("inside", "facts"):
        app.segmented_control(key="train_section").set_value(section).run()
        quiet(app)
        assert not app.info
    assert any(f'Lab().metrics("{RUN}")' in code.value for code in app.code)


def test_another_page_and_back_finds_it_as_it_was() -> None:
    app = guessed()
    there = standing(app)
    app.switch_page("pages/home.py").run()
    app.query_params.clear()
    app.switch_page("pages/train.py").run()
    assert standing(quiet(app)) == there
    assert app.query_params["run"] in (RUN, [RUN])


def test_pictures_are_said_to_be_left_out() -> None:
    app = guessed()
    app.segmented_control(key="train_section").set_value("pictures").run()
    assert len(quiet(app).info) == 1 and "does not include the test images" in app.info[0].value


def test_it_begins_again_at_the_start() -> None:
    app = guessed()
    app.segmented_control(key="train_replay_speed").set_value(180).run()
    app.button(key="train_replay_play").click().run()
    assert app.slider(key="train_replay_at").value < recorded.about(RUN).duration / 120


def test_it_is_cloned_into_the_builder(lab: Lab) -> None:
    app = quiet(opened(run=RUN))
    quiet(app.button(key="train_clone").click().run())
    requested = lab.clone(RUN)
    assert app.session_state["train_view"] == "setup"
    assert app.selectbox(key="train_data").value == "cifar10"
    assert app.selectbox(key="train_base").value == "small"
    assert app.number_input(key="train_epochs").value == requested.recipe.epochs
    assert app.number_input(key="train_seeds").value == len(requested.seeds)
    assert app.select_slider(key="train_pictures").value == 50_000
    assert not [text for text in app.warning if "could not be copied" in text.value]


def test_who_has_no_time_is_offered_it_and_the_shelf_has_it() -> None:
    app = quiet(opened())
    quiet(app.button(key=f"train_play_{RUN}").click().run())
    assert app.query_params["run"] in (RUN, [RUN])
    run_list = opened(view="shelf")
    run_list.text_input(key="train_filter").set_value("RECORDED relu").run()
    table = quiet(run_list).dataframe[0].value
    assert list(table["No."]) == ["R3"]  # R1: families, R2: kernels, R4: branches, R5: the walk
    assert list(table["State"]) == ["Recorded"]


def test_a_recording_that_is_not_here_is_a_sentence() -> None:
    for name in ("recorded-nothing", "recorded-../norm-act"):
        app = opened(run=name)
        assert not app.exception
        assert [name in error.value for error in app.error] == [True]

"""Two visitors of one server, and its teacher: what each has of the others on Train and Explain."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.lab import Lab
from convnext_viz.lab.rights import HERE
from convnext_viz.text import t
from tests.lab.forked import Forks, ended, experiment, long, own, until
from tests.lab.test_lab import QUICK
from tests.pages.test_explain import choose, explains, sound
from tests.pages.visits import ROOT, WAIT, quiet

ANN, BEN = 32 * "a", 32 * "b"
STEERING = ("pause", "resume", "batch", "epoch", "stop")


def id_of(cookie: str) -> str:
    return hashlib.blake2b(cookie.encode(), digest_size=8).hexdigest()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("lab")
        patch.setenv("CONVNEXT_VIZ_HOME", str(home))
        patch.setenv("CONVNEXT_VIZ_LOOPBACK", "0")
        patch.delenv("CONVNEXT_VIZ_ROOTS", raising=False)
        forks = Forks()
        yield Lab(home, launcher=forks)
        forks.end()
        forks.close()


@pytest.fixture(scope="module")
def anns(lab: Lab) -> str:
    """A run of Ann's that is done."""
    run = lab.submit(experiment(recipe=QUICK, seeds=(0,)), owner=id_of(ANN))
    until(lambda: ended(lab, run))
    return run


def come(cookie: str, page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    app.session_state["visitor"] = cookie
    for name, value in {"lang": "en", **query}.items():
        app.query_params[name] = value
    return sound(app.switch_page(f"pages/{page}.py").run())


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def listed(app: AppTest) -> list[str]:
    (table,) = app.dataframe
    return [str(one) for one in table.value[t("train_page.table.number")]]


def errors(app: AppTest) -> list[str]:
    return [error.value for error in app.error]


def test_a_run_is_listed_for_its_owner_alone(lab: Lab, anns: str) -> None:
    number = f"#{lab.status(anns).number}"
    assert number in listed(come(ANN, "train", view="shelf"))
    others = listed(come(BEN, "train", view="shelf"))
    assert number not in others and len(others) == len([r for r in lab.runs() if r.recorded])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_link_to_anothers_run_says_what_a_link_to_none_says(anns: str, lang: str) -> None:
    found, missing = (come(BEN, "train", run=run, lang=lang) for run in (anns, "00000000"))
    assert [one.replace(anns, "00000000") for one in errors(found)] == errors(missing)
    assert len(errors(found)) == 1
    assert buttons(found) == buttons(missing)
    assert not errors(come(ANN, "train", run=anns))


def test_a_running_run_is_steered_by_its_owner_alone(lab: Lab) -> None:
    run = lab.submit(long(), owner=id_of(ANN))
    until(lambda: lab.status(run).step)
    label = t("train_page.control.stop")
    assert label in buttons(come(ANN, "train", run=run))
    assert label not in buttons(come(BEN, "train", run=run))
    lab.share(run)
    watching = come(BEN, "train", run=run)
    assert not errors(watching) and t("train_page.rights.shared_note") in [
        caption.value for caption in watching.caption
    ]
    said = {t(f"train_page.control.{name}") for name in STEERING}
    assert not said & set(buttons(watching))
    assert t("train_page.rights.share") not in buttons(watching)
    lab.share(run, False)  # it closes for who is looking, too
    assert len(errors(sound(watching.run()))) == 1
    assert label in buttons(come(ANN, "train", run=run))
    lab.stop(run)
    until(lambda: ended(lab, run))
    lab.delete(run)


def test_explain_offers_opens_and_compares_own_arms_alone(lab: Lab, anns: str) -> None:
    label = lab.status(anns).experiment.labels[0]
    link = f"run:{anns}:0:{label}"
    assert explains(come(ANN, "explain", net=link))
    closed, missing = (
        come(BEN, "explain", net=one) for one in (link, link.replace(anns, "00000000"))
    )
    for app in (closed, missing):
        assert not explains(app) and not errors(app)
        assert t("explain_subjects.lab.none") in [info.value for info in app.info]
    picked = come(BEN, "explain", view="compare", models=link)
    assert errors(picked) == [t("lab.error.no_run", run=anns)]
    (models,) = [one for one in picked.multiselect if one.key == "explain_models"]
    assert not [one for one in models.options if label in one]
    lab.share(anns)
    assert explains(come(BEN, "explain", net=link))
    lab.share(anns, False)


def test_what_was_compared_is_gone_once_it_is_not_shared_any_more(lab: Lab, anns: str) -> None:
    label = lab.status(anns).experiment.labels[0]
    lab.share(anns)
    app = choose(come(BEN, "explain", net=f"run:{anns}:0:{label}"), "view", "compare")
    choose(app, "net_kind", "bundled")
    (models,) = [one for one in app.multiselect if one.key == "explain_models"]
    assert [one for one in models.options if label in one]
    lab.share(anns, False)
    sound(app.run())
    (models,) = [one for one in app.multiselect if one.key == "explain_models"]
    assert not [one for one in models.options if label in one]


def test_a_teacher_is_who_has_the_key(lab: Lab, anns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    label = t("train_page.rights.key")
    assert label not in [one.label for one in come(BEN, "train").text_input]  # there is no key
    monkeypatch.setenv("CONVNEXT_VIZ_TEACHER_KEY", "a-long-random-key")
    app = come(BEN, "train", view="shelf")
    asked = next(one for one in app.text_input if one.label == label)
    enter = next(one for one in app.button if one.label == t("train_page.rights.enter"))
    asked.set_value("a guess")
    sound(enter.click().run())
    assert t("train_page.rights.wrong_key") in errors(app)
    asked = next(one for one in app.text_input if one.label == label)
    enter = next(one for one in app.button if one.label == t("train_page.rights.enter"))
    asked.set_value("a-long-random-key")
    sound(enter.click().run())
    again = come(BEN, "train", view="shelf")  # another session of the same browser
    assert f"#{lab.status(anns).number}" in listed(again)
    (table,) = again.dataframe
    whose = list(table.value[t("train_page.rights.owner")])
    assert t("train_page.rights.visitor", id=id_of(ANN)[:4]) in whose
    opened = come(BEN, "train", run=anns)
    (share,) = [one for one in opened.button if one.label == t("train_page.rights.share")]
    sound(share.click().run())
    assert lab.status(anns).shared
    lab.share(anns, False)
    monkeypatch.delenv("CONVNEXT_VIZ_TEACHER_KEY")


def test_whoever_sits_at_the_server_has_the_runs_of_before(
    lab: Lab, anns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = lab.submit(experiment(recipe=QUICK, seeds=(0,)))
    until(lambda: ended(lab, run))
    assert lab.status(run).owner == ""
    assert len(errors(come(ANN, "train", run=run))) == 1
    monkeypatch.delenv("CONVNEXT_VIZ_LOOPBACK")
    quiet(come(ANN, "train", run=run))
    quiet(come(ANN, "train", run=anns))
    monkeypatch.setenv("CONVNEXT_VIZ_LOOPBACK", "0")
    lab.delete(run)


def test_the_start_button_makes_a_run_of_the_visitors_own_until_the_quota_is_used_up(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVNEXT_VIZ_QUOTA_RUNS", "1")
    monkeypatch.setattr("convnext_viz.lab.workers.WorkerPool.reconcile", lambda *_, **__: None)
    before = {run.id for run in own(lab)}
    for _ in range(2):
        app = come(ANN, "train")
        sound(app.button_group(key="train_guess").set_value("-").run())
        (start,) = [one for one in app.button if one.key == "train_start"]
        sound(start.click().run())
    made = [run for run in own(lab) if run.id not in before]
    assert [run.owner for run in made] == [id_of(ANN)]
    assert t("lab.error.quota_runs", most=1) in errors(app)
    for run in made:
        with lab.store.writing() as db:
            db.execute("DELETE FROM runs WHERE id = ?", (run.id,))


@pytest.mark.parametrize("path", ["/", "/etc", "../..", "~", "link", "/no/such/place"])
def test_no_path_of_the_server_opens(
    lab: Lab, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to("/etc")
    monkeypatch.chdir(tmp_path)
    app = come(BEN, "train", data="folder")
    sound(app.text_input(key="train_path").set_value(path).run())
    assert t("train.error.not_permitted") in [one.value for one in app.warning]
    weights = choose(come(BEN, "explain"), "net_kind", "checkpoint")
    sound(weights.text_input(key="explain_weights_path").set_value(path).run())
    assert errors(weights) == [t("train.error.not_permitted")]
    labelled = choose(come(BEN, "explain"), "picture_kind", "test")
    choose(labelled, "set", "folder")
    sound(labelled.text_input(key="explain_set_path").set_value(path).run())
    assert errors(labelled) == [t("train.error.not_permitted")]


def test_a_path_below_a_root_opens(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    for half, label in ((half, label) for half in ("train", "test") for label in ("cat", "dog")):
        folder = tmp_path / "open" / half / label
        folder.mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (40, 40), (90 * number, 0, 0)).save(folder / f"{number}.png")
    monkeypatch.setenv("CONVNEXT_VIZ_ROOTS", os.pathsep.join(("/no/such", f"{tmp_path}/open")))
    app = come(BEN, "train", data="folder")
    sound(app.text_input(key="train_path").set_value(f'"{tmp_path}/open/../open"').run())
    counts = {"classes": 2, "train": 6, "test": 6}
    assert t("train_page.data.found", **counts) in [one.value for one in app.caption]
    sound(app.text_input(key="train_path").set_value(str(tmp_path)).run())
    assert t("train.error.not_permitted") in [one.value for one in app.warning]


def test_the_owner_of_what_is_started_at_the_server_is_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CONVNEXT_VIZ_LOOPBACK", raising=False)
    app = AppTest.from_string(
        "import streamlit as st\nfrom convnext_viz.ui.visitor import visitor\n"
        "st.session_state['found'] = visitor()"
    ).run()
    assert (app.session_state["found"].id, app.session_state["found"].teacher) == (HERE, True)

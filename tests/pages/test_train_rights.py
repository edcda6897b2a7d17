"""Two visitors of one server, and its teacher: what each has of the others on Train and Explain."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.lab import Lab, rights
from convnext_viz.lab.rights import HERE
from convnext_viz.text import t
from tests.lab.forked import Forks, ended, experiment, long, until
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
    asked, share = t("train_page.rights.is_teacher"), t("train_page.rights.share")
    assert asked not in [one.label for one in come(BEN, "train").expander]  # there is no key
    monkeypatch.setenv("CONVNEXT_VIZ_TEACHER_KEY", "a-long-random-key")
    assert asked in [one.label for one in come(BEN, "train").expander]
    with lab.store.writing() as db:  # the form itself: tests/e2e
        rights.make_teacher(db, id_of(BEN), "a-long-random-key")
    shelf = come(BEN, "train", view="shelf")
    assert asked not in [one.label for one in shelf.expander]
    assert f"#{lab.status(anns).number}" in listed(shelf)
    whose = list(shelf.dataframe[0].value[t("train_page.rights.owner")])
    assert t("train_page.rights.visitor", id=id_of(ANN)[:4]) in whose
    assert share in buttons(come(BEN, "train", run=anns))
    assert share not in buttons(come(ANN, "train", run=anns))
    monkeypatch.setenv("CONVNEXT_VIZ_TEACHER_KEY", "another-long-random-key")
    assert len(errors(come(BEN, "train", run=anns))) == 1


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


def test_a_run_of_a_page_is_the_visitors_own_until_the_quota_is_used_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def submit() -> None:
        import streamlit as st

        from convnext_viz.ui import own_runs

        try:
            st.session_state["made"] = own_runs.submit(st.session_state["experiment"])
        except ValueError as error:
            st.session_state["made"] = str(error)

    def made(cookie: str) -> str:
        app = AppTest.from_function(submit)
        app.session_state["visitor"] = cookie
        app.session_state["experiment"] = experiment()
        app.run()
        assert not app.exception
        return str(app.session_state["made"])

    lab = Lab(tmp_path)  # without a worker: what is submitted waits
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    monkeypatch.setenv("CONVNEXT_VIZ_LOOPBACK", "0")
    monkeypatch.setenv("CONVNEXT_VIZ_QUOTA_RUNS", "1")
    monkeypatch.setattr("convnext_viz.lab.workers.WorkerPool.reconcile", lambda *_, **__: None)
    found = [made(cookie) for cookie in (ANN, BEN, ANN)]
    assert [lab.status(run).owner for run in found[:2]] == [id_of(ANN), id_of(BEN)]
    assert found[2] == t("lab.error.quota_runs", most=1)
    monkeypatch.delenv("CONVNEXT_VIZ_LOOPBACK")
    found += [made(ANN), made(ANN)]  # a teacher has no quota
    assert [lab.status(run).owner for run in found[3:]] == [HERE, HERE]


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

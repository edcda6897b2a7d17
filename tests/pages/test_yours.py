"""Step 1 of the Your-images page: a set comes to be, is looked through, changed and split."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from convnext_viz.data import own_sets
from convnext_viz.data.own_sets import PictureSet
from convnext_viz.lab.rights import HERE
from convnext_viz.text import LANGUAGES, t, use_language
from tests.data.own_pictures import data
from tests.pages.test_train_rights import ANN, BEN, come, id_of
from tests.pages.visits import quiet
from tests.pages.yours_page import (
    files,
    link,
    marks,
    opened,
    own_set,
    spotted,
    typed,
    upload,
    which,
    words,
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lab's folder without any set."""
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    return tmp_path


def the_set() -> PictureSet:
    (found,) = own_sets.listing()
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", ["images", "train", "results"])
def test_without_a_set_every_step_says_what_to_do(step: str, lang: str) -> None:
    app = quiet(opened(step=step, lang=lang))
    with use_language(lang):
        wanted = t("yours.results.none" if step == "results" else "yours.sets.first")
    assert wanted in words(app)
    assert not marks(app) and not own_sets.listing()


def test_a_set_is_created_under_the_name_that_was_typed_a_moment_ago() -> None:
    app = quiet(opened())
    app.text_input(key="yours_new_name").set_value("  My *cups*  ")
    quiet(app.button(key="yours_create").click().run())  # both in one message of the browser
    found = the_set()
    assert (found.name, found.owner, found.pictures) == ("My *cups*", HERE, ())
    assert link(app)["set"] == found.id
    assert t("yours.add.first_class") in words(app) and not app.file_uploader


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_example_has_two_classes_of_thirty_images(lang: str) -> None:
    app = quiet(quiet(opened(lang=lang)).button(key="yours_example").click().run())
    found = the_set()
    assert [found.count(one) for one in found.classes] == [30, 30]
    assert own_sets.near_duplicates(found) == ()  # it would open with a warning
    with use_language(lang):
        assert found.name == t("yours.sets.example_name")
        halves = {one.id: t(f"yours.gallery.{one.half}") for one in found.pictures}
        assert [one.value for one in app.warning] == list(own_sets.advice(found))
    assert marks(app) == halves


def test_files_of_a_new_class_are_added_and_seen() -> None:
    made = own_sets.create("Kitchen", owner=HERE).id
    app = quiet(opened(set=made))
    quiet(upload(typed(app, "cup"), files("cup", 5)))
    assert "5 × cup" in "".join(one.value for one in app.success)
    assert len(the_set().pictures) == 5 and set(marks(app)) == {p.id for p in the_set().pictures}
    (uploader,) = app.file_uploader
    assert not uploader.value  # an empty one, for the next files
    quiet(app.run())
    assert not app.success  # said once


def test_what_is_there_already_and_what_is_no_image_is_said_by_name() -> None:
    made = own_set()
    app = opened(set=made)
    odd = [("notes <b>1.png", b"milk, bread"), *files("cup", 2), *files("cup", 1, 50)]
    quiet(upload(app, odd))
    assert "1 × cup" in "".join(one.value for one in app.success)
    assert r"cup\-0\.png, cup\-1\.png" in "".join(one.value for one in app.info)
    (said,) = [one.value for one in app.warning if "notes" in one.value]
    assert t("images.reason.text") in said and r"\<b\>" in said
    assert len(the_set().pictures) == 21


def test_an_archive_of_class_folders() -> None:
    made = own_sets.create("Kitchen", owner=HERE).id
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        for label in ("cup", "fork"):
            for name, content in files(label, 3):
                out.writestr(f"{label}/{name}", content)
    app = opened(set=made)
    app.segmented_control(key="yours_way").set_value("zip").run()
    (uploader,) = app.file_uploader
    quiet(uploader.set_value(("set.zip", archive.getvalue(), "application/zip")).run())
    assert the_set().classes == ("cup", "fork") and len(marks(app)) == 6
    (uploader,) = app.file_uploader
    uploader.set_value(("set.zip", b"PK\x03\x04 cut short", "application/zip")).run()
    assert not app.exception and len(app.error) == 1
    assert len(the_set().pictures) == 6


def test_photos_of_the_camera_are_added_one_after_the_other() -> None:
    app = opened(set=own_set())
    app.segmented_control(key="yours_way").set_value("camera").run()
    typed(app, "spoon")
    which(app).options.append("spoon")  # AppTest lists no word that was typed
    for number in range(3):
        (camera,) = app.camera_input
        photo = data(spotted(number, (20, 200, 20)), "JPEG")
        quiet(camera.set_value(("photo.jpg", photo, "image/jpeg")).run())
        assert "1 × spoon" in "".join(one.value for one in app.success)
        assert which(app).value == "spoon"  # though the list of classes has become a longer one
    assert the_set().count("spoon") == 3 and the_set().count("cup") == 10


def test_marked_images_are_removed() -> None:
    app = quiet(opened(set=own_set()))
    first, *_, last = the_set().pictures
    for one in (first, last):
        app.checkbox(key=f"yours_mark_{one.id}").check().run()
    button = app.button(key="yours_remove")
    assert "2" in button.label
    quiet(button.click().run())
    assert not {first.id, last.id} & {one.id for one in the_set().pictures}
    assert set(marks(app)) == {one.id for one in the_set().pictures} and len(marks(app)) == 18
    assert t("yours.gallery.mark") in words(app)  # nothing is marked any more


def test_a_marked_image_moves_to_the_class_that_is_chosen() -> None:
    id = own_set()
    own_sets.add(id, "spoon", files("spoon", 3))
    app = quiet(opened(set=id))
    one = next(one for one in the_set().pictures if one.label == "cup")
    app.checkbox(key=f"yours_mark_{one.id}").check().run()
    target = app.selectbox(key="yours_move_to")
    assert target.options == ["fork", "spoon"]
    target.set_value("spoon")
    quiet(app.button(key="yours_move").click().run())  # both in one message of the browser
    assert {two.id: two.label for two in the_set().pictures}[one.id] == "spoon"


def test_a_class_is_renamed_and_two_become_one() -> None:
    app = quiet(opened(set=(id := own_set())))
    app.text_input(key=f"yours_class_name_{id}_cup").set_value(" mug ")
    quiet(app.button(key=f"yours_do_class_{id}_cup").click().run())
    assert the_set().classes == ("fork", "mug") and the_set().count("mug") == 10
    assert which(app).options == ["fork", "mug"] and which(app).value in ("fork", "mug")
    app.text_input(key=f"yours_class_name_{id}_mug").set_value("fork").run()
    assert t("yours.gallery.merges", label="fork") in words(app)
    quiet(app.button(key=f"yours_do_class_{id}_mug").click().run())
    assert the_set().classes == ("fork",) and the_set().count("fork") == 20


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_goes_wrong_with_a_click_is_said_in_the_pages_language(lang: str) -> None:
    app = quiet(opened(set=(id := own_set()), lang=lang))
    app.text_input(key=f"yours_class_name_{id}_fork").set_value("   ")
    with use_language(lang):  # AppTest asks for the words of options here
        app.button(key=f"yours_do_class_{id}_fork").click().run()
        assert [one.value for one in app.error] == [t("own_sets.error.class_name", longest=80)]
        assert not app.exception and the_set().classes == ("cup", "fork")
        quiet(app.run())  # said once


def test_the_set_is_renamed_and_deleted() -> None:
    app = quiet(opened(set=(id := own_set())))
    other = own_set("Other")
    app.text_input(key=f"yours_name_{id}").set_value("Cutlery")
    quiet(app.button(key="yours_do_rename").click().run())
    assert own_sets.read(id).name == "Cutlery"
    quiet(app.button(key="yours_do_delete").click().run())
    assert [one.id for one in own_sets.listing()] == [other]
    assert not marks(app) and "set" not in link(app)


def test_a_set_is_chosen_from_the_list_and_a_new_one_can_be_made_there() -> None:
    first, second = own_set("First", each=3), own_set("Second", each=4)
    app = quiet(opened())
    (chooser,) = [one for one in app.selectbox if str(one.key).startswith("yours_sets_")]
    quiet(chooser.set_value(first).run())
    assert len(marks(app)) == 6 and link(app)["set"] == first
    (chooser,) = [one for one in app.selectbox if str(one.key).startswith("yours_sets_")]
    quiet(chooser.set_value(second).run())
    assert len(marks(app)) == 8 and link(app)["set"] == second
    (chooser,) = [one for one in app.selectbox if str(one.key).startswith("yours_sets_")]
    quiet(chooser.set_value("").run())
    quiet(app.button(key="yours_create").click().run())
    assert len(own_sets.listing()) == 3 and not marks(app)


def test_the_split_follows_its_share_and_its_seed() -> None:
    id = own_set(each=20)
    app = quiet(opened(set=id))

    def held_back() -> set[str]:
        said = marks(app)
        found = {one.id for one in own_sets.read(id).pictures if one.half == "test"}
        assert {one for one, half in said.items() if half == t("yours.gallery.test")} == found
        return found

    before = held_back()
    assert len(before) == 8  # a fifth of each class
    (share,) = app.select_slider
    quiet(share.set_value(0.4).run())
    assert len(held_back()) == 16 and own_sets.read(id).test_share == 0.4
    chosen = held_back()
    (seed,) = [one for one in app.number_input if str(one.key).startswith("yours_seed_")]
    quiet(seed.set_value(7).run())
    assert len(held_back()) == 16 and held_back() != chosen and own_sets.read(id).seed == 7


def test_a_large_class_has_pages_and_every_image_is_on_one() -> None:
    id = own_set(each=3)
    own_sets.add(id, "cup", files("cup", 64, 100))
    app = quiet(opened(set=id))
    seen: list[str] = []
    for page in (1, 2, 3):
        quiet(app.number_input(key=f"yours_page_{id}_cup").set_value(page).run())
        seen += marks(app)
    everything = {one.id: one.label for one in the_set().pictures}
    cups = [one for one in seen if everything[one] == "cup"]
    assert len(cups) == len(set(cups)) == 67


def test_advice_and_images_that_are_nearly_the_same() -> None:
    id = own_set(each=12)
    twin = data(spotted(0, (230, 20, 20)), "JPEG", quality=80)
    own_sets.add(id, "fork", [("again.jpg", twin)])
    app = quiet(opened(set=id))
    assert [one.value for one in app.warning] == list(own_sets.advice(the_set()))
    (pair,) = own_sets.near_duplicates(the_set())
    title = t("yours.alike.title", pairs=1, across=int(pair.across))
    assert title in [one.label for one in app.expander]
    (button,) = [one for one in app.button if str(one.key).startswith("yours_alike_")]
    quiet(button.click().run())
    assert len(the_set().pictures) == 24 and not own_sets.near_duplicates(the_set())
    assert not [one for one in app.button if str(one.key).startswith("yours_alike_")]


def test_the_steps_are_changed_by_the_switch_and_by_the_button() -> None:
    app = quiet(opened(set=own_set()))
    step = app.segmented_control(key="yours_step")
    quiet(step.set_value("train").run())
    assert app.session_state["yours_step"] == "train" and link(app)["step"] == "train"
    quiet(app.segmented_control(key="yours_step").set_value("images").run())
    assert marks(app)
    (further,) = [one for one in app.button if one.label == t("yours.step.next")]
    quiet(further.click().run())
    assert app.session_state["yours_step"] == "train" and not marks(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("named", ["0" * 32, "../../etc/passwd", "<b>x</b>"])
def test_a_link_to_no_set_is_a_sentence(named: str, lang: str) -> None:
    own_set()
    app = opened(set=named, lang=lang)
    with use_language(lang):
        assert [one.value for one in app.error] == [t("yours.error.no_set")]
    assert not app.exception and not marks(app)


@pytest.mark.parametrize("step", ["images", "train", "results"])
def test_anothers_set_is_like_one_that_there_is_not(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVNEXT_VIZ_LOOPBACK", "0")
    anns = own_set("Ann's", owner=id_of(ANN))
    assert not come(ANN, "yours", set=anns, step=step).error
    found, missing = (come(BEN, "yours", set=one, step=step) for one in (anns, "0" * 32))
    assert words(found) == words(missing) and t("yours.error.no_set") in words(found)
    assert not marks(found) and "Ann's" not in words(found)
    assert [one.options for one in found.selectbox] == [one.options for one in missing.selectbox]


def test_who_has_used_up_their_space_adds_no_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVNEXT_VIZ_LOOPBACK", "0")
    anns = own_set("Ann's", owner=id_of(ANN))
    app = come(ANN, "yours", set=anns)
    monkeypatch.setenv("CONVNEXT_VIZ_QUOTA_MB", "0")
    upload(app, files("cup", 2, 70))
    assert not app.exception and len(app.error) == 1 and "MB" in app.error[0].value
    assert len(the_set().pictures) == 20
    new = come(BEN, "yours")
    new.button(key="yours_example").click().run()
    assert len(new.error) == 1 and len(own_sets.listing()) == 1

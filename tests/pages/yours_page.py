"""What tests of the Your-images page share: the page as a visitor opens it, and sets to open."""

from functools import partial

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from convnext_viz.data import own_sets
from convnext_viz.lab.rights import HERE
from tests.data.own_pictures import data
from tests.pages import visits
from tests.pages.visits import quiet

opened = partial(visits.opened, "yours")


def spotted(seed: int, colour: tuple[int, int, int], side: int = 40) -> Image.Image:
    """A spot of a colour somewhere on noise: classes that a few steps tell apart."""
    gen = np.random.default_rng(seed)
    image = Image.fromarray(gen.integers(60, 200, (side, side, 3), dtype=np.uint8))
    left, top = gen.integers(0, side // 2, 2).tolist()
    image.paste(colour, (left, top, left + side // 2, top + side // 2))
    return image


COLOURS = {"cup": (230, 20, 20), "fork": (20, 20, 230), "spoon": (20, 200, 20)}


def files(label: str, count: int, start: int = 0) -> list[tuple[str, bytes]]:
    """Pictures of a class: spots of its colour."""
    offset = 10_000 * list(COLOURS).index(label)
    return [
        (f"{label}-{place}.png", data(spotted(place + offset, COLOURS[label])))
        for place in range(start, start + count)
    ]


def own_set(name: str = "Kitchen", *, each: int = 10, owner: str = HERE) -> str:
    """A set of two classes."""
    made = own_sets.create(name, owner=owner)
    for label in ("cup", "fork"):
        own_sets.add(made.id, label, files(label, each))
    return made.id


def which(app: AppTest) -> Selectbox[str]:
    """The class of the images to come."""
    (found,) = [one for one in app.selectbox if str(one.key).startswith("yours_class_")]
    return found


def typed(app: AppTest, label: str) -> AppTest:
    """A class that there is not yet, typed into the list of classes."""
    which(app).options.append(label)
    return quiet(which(app).set_value(label).run())


def upload(app: AppTest, given: list[tuple[str, bytes]]) -> AppTest:
    (uploader,) = app.file_uploader
    return uploader.set_value([(name, content, "image/png") for name, content in given]).run()


def marks(app: AppTest) -> dict[str, str]:
    """The images of the gallery by their ids: what the box under each says."""
    found = [(str(box.key), box.label) for box in app.checkbox]
    start = "yours_mark_"
    return {key.removeprefix(start): label for key, label in found if key.startswith(start)}


def words(app: AppTest) -> str:
    """All that the page says in sentences."""
    kinds = (app.markdown, app.caption, app.info, app.success, app.warning, app.error)
    return "\n".join(part.value for kind in kinds for part in kind)


def link(app: AppTest) -> dict[str, str]:
    """What the address says."""
    return {
        name: value[0] if isinstance(value, list) else value
        for name, value in app.query_params.items()
    }

"""An example set for who has no images at hand: two kinds of drawn shapes, thirty images each."""

from io import BytesIO

from PIL import Image

from convnext_viz.data import own_sets, shapes
from convnext_viz.data.own_sets import PictureSet
from convnext_viz.plots.names import class_names
from convnext_viz.text import t

_EACH = 30
_SIDE = 64  # pixels
_KINDS = 2


def create(*, owner: str) -> PictureSet:
    """The set, with the names of its classes in the visitor's language."""
    drawn = shapes(train=_EACH * 20, test=10, image_size=_SIDE)
    made = own_sets.create(t("yours.sets.example_name"), owner=owner)
    for label in range(_KINDS):
        chosen = drawn.train_images[drawn.train_labels == label][:_EACH]
        files = []
        for number, image in enumerate(chosen):
            file = BytesIO()
            Image.fromarray(image.permute(1, 2, 0).contiguous().numpy()).save(file, "PNG")
            files.append((f"{drawn.classes[label]}-{number + 1}.png", file.getvalue()))
        own_sets.add(made.id, class_names(drawn.classes)[label], files)
    return own_sets.read(made.id)

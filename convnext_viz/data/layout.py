"""How people arrange labelled pictures: train and test or val in any case, or classes alone."""

from dataclasses import dataclass

from convnext_viz.data.tree import File, Tree
from convnext_viz.text import t

TRAIN = ("train", "training")
TEST = ("test", "testing", "val", "valid", "validation")  # the first one with classes is taken

Classes = dict[str, list[File]]


@dataclass(frozen=True, eq=False)
class Layout:
    """The files of every class, for training and for testing; a half that is not there is empty.

    ``unused`` are folders beside the two halves.
    """

    train: Classes
    test: Classes
    train_folder: str = ""
    test_folder: str = ""
    unused: tuple[str, ...] = ()


def layout(found: Tree, path: object) -> Layout:
    """The halves and classes of a tree. Class folders alone are the half for training.

    Raises ValueError that names what is there, where there is no folder of a class.
    """
    found = _unwrapped(found)
    top = found.top()
    train = next((name for name in top if name.casefold() in TRAIN), "")
    tests = [name for half in TEST for name in top if name.casefold() == half]
    if not train and not tests:
        classes = _classes(found)
        if not classes:
            files = [file.name for file in found.files]
            there = ", ".join([*top, *files][:5]) or "–"
            raise ValueError(t("train.error.folder_form", path=path, found=there))
        return Layout(classes, {})
    learnt = _classes(found.below(train)) if train else {}
    halves = {name: some for name in tests if (some := _classes(found.below(name)))}
    # Test pictures of a competition lie in one folder, without classes: then val serves.
    same = [name for name in halves if halves[name].keys() == learnt.keys()]
    test = next(iter([*same, *halves]), "")
    unused = tuple(name for name in top if name not in (train, test))
    return Layout(learnt, halves.get(test, {}), train, test, unused)


def is_half(name: str) -> bool:
    """Whether a folder is called like one of the halves."""
    return name.casefold() in (*TRAIN, *TEST)


def _unwrapped(found: Tree) -> Tree:
    """Without folders that hold nothing but one folder of folders, as archives often have them."""
    while len(top := found.top()) == 1 and not is_half(top[0]):
        inner = found.below(top[0])
        if not inner.folders:
            break
        found = inner
    return found


def _classes(half: Tree) -> Classes:
    """The files below every folder, on whatever floor."""
    classes: Classes = {name: [] for name in half.top()}
    for file in half.files:
        if len(file.parts) > 1:
            classes[file.parts[0]].append(file)
    return classes

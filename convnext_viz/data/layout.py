"""How people arrange labelled pictures: train and test or val in any case, or classes alone."""

import re
from dataclasses import dataclass

from convnext_viz.data.tree import File, Tree
from convnext_viz.text import t

TRAIN = ("train", "training", "训练")
TEST = (
    *("test", "testing", "测试", "val", "valid", "validation", "验证"),
    *("eval", "evaluation", "dev"),
)
_HALF = re.compile(
    rf"(?:(.+)[ _.-])?({'|'.join((*TRAIN, *TEST))})"
    r"(?:[ _.-]*(?:set|data|images|pictures|split|集))?",
    re.IGNORECASE,
)

_AROUND = ("images", "imgs", "pictures", "photos", "data")  # folders around the classes of a half

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
    train, tests = _halves(found)
    if not train and not tests:
        classes = _classes(found)
        if not classes:
            files = [file.name for file in found.files]
            there = ", ".join([*top, *files][:5]) or "–"
            raise ValueError(t("train.error.folder_form", path=path, found=there))
        return _of_classes(found, classes)
    learnt = _classes(_unwrapped(found.below(train), half=True)) if train else {}
    below = {name: _classes(_unwrapped(found.below(name), half=True)) for name in tests}
    halves = {n: some for n, some in below.items() if some.keys() == learnt.keys() or _named(some)}
    # Test pictures of a competition lie in one folder, without classes: then val serves.
    same = [name for name in halves if halves[name].keys() == learnt.keys()]
    test = next(iter([*same, *halves]), "")
    unused = tuple(name for name in top if name not in (train, test))
    return Layout(learnt, halves.get(test, {}), train, test, unused)


def _named(classes: Classes) -> bool:
    """Whether there are folders of classes, not only one around pictures without any."""
    return any(name.casefold() not in _AROUND and not is_half(name) for name in classes)


def is_half(name: str) -> bool:
    """Whether a folder is called like one of the halves."""
    return _HALF.fullmatch(name) is not None


def _halves(found: Tree) -> tuple[str, list[str]]:
    """The folder for training, and those that may be for testing, the likeliest first.

    ``train`` and ``test`` are also names of classes: of several folders, those that hold pictures
    and no folders are classes like the others. What stands in front of the word, as in
    ``seg_train``, has to be the same of both.
    """
    top = found.top()
    known = {name: match for name in top if (match := _HALF.fullmatch(name))}
    if len(known) < len(top):
        known = {name: match for name, match in known.items() if found.below(name).top()}
    kinds = {name: (match[1] or "", match[2].casefold()) for name, match in known.items()}
    for start in sorted({start for start, _ in kinds.values()}):
        names = {kind: name for name, (before, kind) in kinds.items() if before == start}
        train = next((names[kind] for kind in TRAIN if kind in names), "")
        tests = [names[kind] for kind in TEST if kind in names]
        alone = not (train and tests)
        several = len(top) - len(known) > 1
        if alone and (start or several):  # a class, too, may have folders
            continue
        if several and len(_unwrapped(found.below(train), half=True).top()) < 2:
            continue
        return train, tests
    return "", []


def _of_classes(found: Tree, classes: Classes) -> Layout:
    """Classes alone; or each of them in halves of its own, as ``ant/train`` and ``ant/test``."""
    halves = {name: _halves(found.below(name)) for name in classes}
    if not all(train and tests for train, tests in halves.values()):
        return Layout(classes, {})
    learnt = {n: list(found.below(n).below(train).files) for n, (train, _) in halves.items()}
    tested = {n: list(found.below(n).below(tests[0]).files) for n, (_, tests) in halves.items()}
    train, tests = next(iter(halves.values()))
    return Layout(learnt, tested, train, tests[0])


def _unwrapped(found: Tree, *, half: bool = False) -> Tree:
    """Without folders that hold nothing but one folder of folders, as archives often have them.

    A folder that is called like a half is one, unless it holds nothing but halves. ``half``: the
    tree is one itself, where a folder alone may be a class.
    """
    while len(top := found.top()) == 1:
        inner = found.below(top[0])
        match = _HALF.fullmatch(top[0])
        if half:
            around = match is not None or top[0].casefold() in _AROUND
        else:
            around = match is None or bool(match[1]) or _holds_halves(inner)
        if not inner.folders or not around:
            break
        found = inner
    return found


def _holds_halves(inner: Tree) -> bool:
    """Whether a folder that is called like a half lies around halves."""
    return all(map(is_half, inner.top())) or all(_halves(inner))


def _classes(half: Tree) -> Classes:
    """The files below every folder, on whatever floor."""
    classes: Classes = {name: [] for name in half.top()}
    for file in half.files:
        if len(file.parts) > 1:
            classes[file.parts[0]].append(file)
    return classes

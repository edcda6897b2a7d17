"""Stratified split of a set: which pictures of each class are held back for testing.

No rule can be stratified, look at the pictures alone, and never move one when another is added: the
half of a picture would have to be the same in the set of this picture alone. So a new split is a
pure function of seed, share and pictures, and what is added afterwards is placed by the same rule
around the ones that stay where they are.
"""

import hashlib
from collections.abc import Collection, Mapping

from convnext_viz.data.own_sets.sets import Half
from convnext_viz.text import t

SHARES = (0.05, 0.5)  # of test pictures: least and most
DEFAULT_SHARE = 0.2  # as data.folder holds back a fifth


def check(seed: int, test_share: float) -> None:
    """Raises ValueError for a share that there is not."""
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ValueError(t("own_sets.error.seed", value=seed))
    if not SHARES[0] <= test_share <= SHARES[1]:
        low, high = SHARES
        raise ValueError(t("own_sets.error.share", value=test_share, low=low, high=high))


def held_back(pictures: int, test_share: float) -> int:
    """How many of a class's pictures are for testing: at least one, and one stays for training."""
    if pictures < 2:
        return 0
    return min(pictures - 1, max(1, int(pictures * test_share + 0.5)))


def placed(
    new: Collection[str], there: Mapping[str, Half], *, seed: int, test_share: float
) -> dict[str, Half]:
    """The halves of the pictures ``new`` (ids) of one class beside those that are ``there``."""
    wanted = held_back(len(new) + len(there), test_share) - list(there.values()).count("test")
    order = sorted(new, key=lambda one: hashlib.blake2b(f"{seed}/{one}".encode()).digest())
    return {one: "test" if place < wanted else "train" for place, one in enumerate(order)}

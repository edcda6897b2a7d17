"""Sets of a visitor's own pictures: stored under a name, split into halves, ready to train on.

Nothing here needs torch but the loading of a set as a data set (:mod:`.arrays`), so names are
imported when they are first used. No module may have one of their names.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

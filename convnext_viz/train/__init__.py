"""Training of networks: recipe, augmentation, and the loop that trains arms in lockstep.

Names are imported when they are first used, so that what needs no torch does not wait seconds for
it: the stub next to this file says where each comes from. No module may have one of their names.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

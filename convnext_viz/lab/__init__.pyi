from .estimate import too_long as too_long
from .estimate import within as within
from .lab import Lab as Lab
from .runs import Run as Run

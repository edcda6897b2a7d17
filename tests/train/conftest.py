"""What the tests of training share."""

from tests.learning import dataset as dataset
from tests.learning import one_thread as one_thread
from tests.learning import tiny as tiny

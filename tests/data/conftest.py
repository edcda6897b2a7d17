"""What the tests of data share."""

from tests.file_server import server as server
from tests.learning import dataset as dataset
from tests.learning import one_thread as one_thread
from tests.learning import tiny as tiny

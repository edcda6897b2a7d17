"""The lab's database: all of its SQL, a module for each subject.

Whoever needs several answers of one moment, or several changes together, opens the store once and
hands what it gives to these functions.
"""

from convnext_viz.lab.store.connection import NAME as NAME
from convnext_viz.lab.store.connection import Database as Database
from convnext_viz.lab.store.connection import NewerError as NewerError
from convnext_viz.lab.store.connection import Store as Store
from convnext_viz.lab.store.connection import StoreError as StoreError

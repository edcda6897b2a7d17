"""Heat maps: which parts of an image a prediction rests on, and whether the map can be trusted."""

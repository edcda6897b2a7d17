"""Looking into a net: from a picture to records of what the net makes of it."""

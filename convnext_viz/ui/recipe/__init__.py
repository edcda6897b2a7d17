"""Parts of the Recipe page: a file a section, the image they use, the way to the lab."""

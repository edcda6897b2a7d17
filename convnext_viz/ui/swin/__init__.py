"""Parts of the Swin page: its subjects and one file for each section or two."""

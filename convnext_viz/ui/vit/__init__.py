"""Parts of the ViT page: its subject, and a file a section."""

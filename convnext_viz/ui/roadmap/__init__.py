"""The Roadmap page's parts."""

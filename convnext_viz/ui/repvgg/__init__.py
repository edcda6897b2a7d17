"""The sections of the RepVGG page."""

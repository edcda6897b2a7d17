"""The views of the Explain page, one module each."""

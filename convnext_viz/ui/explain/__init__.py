"""What the Explain page is made of: pictures, networks, and a file for each view."""

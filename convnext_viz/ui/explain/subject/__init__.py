"""What the Explain page looks at: images and networks, chosen and loaded."""

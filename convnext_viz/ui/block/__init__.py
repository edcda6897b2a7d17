"""What the Block page is made of: its subject, the trace, what is drawn, what is measured."""

"""Parts of the Block page: its subject, the trace, what is drawn, what is measured."""

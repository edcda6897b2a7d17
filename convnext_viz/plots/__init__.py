"""What you see: figures from plans and results, one file a subject, one theme."""

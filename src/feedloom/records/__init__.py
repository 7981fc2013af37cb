"""Record files to records."""

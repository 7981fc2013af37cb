"""Text, dates, URLs and slugs: pure functions over strings."""

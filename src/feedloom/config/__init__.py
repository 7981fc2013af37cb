"""Every setting with its default and meaning, and how values are loaded and checked."""

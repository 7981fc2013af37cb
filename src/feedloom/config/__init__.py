"""Every setting, its default and its meaning, and where values come from."""

"""The same feeds, made by others."""

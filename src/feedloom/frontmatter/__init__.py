"""Bytes of a record file to a mapping of strings."""

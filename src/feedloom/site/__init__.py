"""The published folder. Nothing else writes there."""

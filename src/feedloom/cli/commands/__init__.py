"""The commands, a module each. The help of feedloom imports them all, so what a command runs is imported in its function."""

"""The crash harness: builds are killed, starved and damaged, and nothing that was published may be lost by it.

`python -m tests.crash` runs it, `make crash` its long form; docs/reliability.md has the figures of the last one.
"""

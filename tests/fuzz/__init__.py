"""The fuzzer: whole builds of records that chance makes up, each checked for all that SECURITY.md promises of any record.

`python -m tests.fuzz` runs it, `make fuzz` for ten minutes. tests/test_nasty.py shows that each check can fail.
"""

"""`python -m feedloom`."""

from feedloom.cli import main

main(prog_name="feedloom")

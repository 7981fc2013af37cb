"""`python -m feedloom`, and the command `feedloom`."""

import signal


def run() -> None:
    """Run the command line. An interrupt while it is still being imported ends the program without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from feedloom.cli.main import main

    main(prog_name="feedloom")


if __name__ == "__main__":
    run()

"""`python -m feedloom`, and the command `feedloom`."""

import gc
import signal


def run() -> None:
    """Run the command line. An interrupt while it is still being imported ends the program without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # modules are no garbage: to look for some while importing takes 4 ms, at the end 7 ms
    from feedloom.cli.main import main

    gc.enable()
    try:
        main(prog_name="feedloom")
    finally:
        gc.freeze()


if __name__ == "__main__":
    run()

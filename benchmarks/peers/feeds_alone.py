"""feedloom without its pages: what they cost is the difference."""

import os
import sys

from feedloom.cli.main import main

if __name__ == "__main__":
    folder, output = sys.argv[1:]
    os.environ["FEEDLOOM_PAGES"] = "false"
    main(["build", folder, "-o", output, "--state", f"{output}.state", "--site-url", "https://feeds.example.org/", "-q"])

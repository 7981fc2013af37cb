"""What no program that reads YAML with libyaml can be faster than.

python floor.py read RECORDS    lists the records and reads every byte once
python floor.py scan RECORDS    has libyaml's scanner go over every byte too, without making anything of it
"""

import os
import sys
from collections.abc import Iterator

from yaml._yaml import CParser


def contents(folder: str) -> Iterator[bytes]:
    """The bytes of each file below a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from contents(entry.path)
                continue
            file = os.open(entry.path, os.O_RDONLY)
            yield os.read(file, entry.stat().st_size)
            os.close(file)


def main(what: str, folder: str) -> None:
    """Read, or read and scan."""
    for data in contents(folder):
        if what == "scan":
            CParser(data).raw_scan()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

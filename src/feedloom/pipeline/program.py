"""The files that the program consists of."""

import os
from collections.abc import Iterator


def files() -> Iterator[str]:
    """The path of each file of the program. What Python compiled is none of them: others may write it meanwhile."""
    for folder, folders, names in os.walk(os.path.dirname(os.path.dirname(__file__))):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (os.path.join(folder, name) for name in names if not name.endswith(".pyc"))

"""Where the folders of a build lie: what is read must not be what is published."""

import os
from collections.abc import Iterator

from feedloom.config.settings import Config
from feedloom.errors import ConfigError


def check(config: Config) -> None:
    """Whether a web server that serves the output folder would hand out records, or the state. Raises ConfigError."""
    for what, path, are, them in (("records", config.records, "they are", "them"), ("state", config.state, "it is", "it")):
        if path is not None and _is_inside(path, config.output):
            raise ConfigError(
                f"{path}: the {what} would be published: {are} in the output folder {config.output}; "
                f"choose an output folder that does not contain {them} (--output)"
            )


def _is_inside(path: str, folder: str) -> bool:
    """Whether a path is a folder or leads into it, by any name: links and capitals do not matter."""
    # A link inside the folder leads a web server out of it.
    places = {above for start in (os.path.realpath(path), os.path.abspath(path)) for above in _with_those_above(start)}
    try:
        wanted = os.stat(folder)
    except OSError:
        return os.path.realpath(folder) in places
    for place in places:
        try:
            if os.path.samestat(os.stat(place), wanted):
                return True
        except OSError:  # it is not there, or not for us to see
            continue
    return False


def _with_those_above(path: str) -> Iterator[str]:
    yield path
    while (above := os.path.dirname(path)) != path:
        yield above
        path = above

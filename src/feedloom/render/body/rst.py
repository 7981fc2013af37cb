"""reStructuredText to HTML, by docutils (the extra `rst`). It reads no file, no raw HTML and no settings of the machine."""

import re
from functools import cache
from typing import Any

from feedloom.errors import ConfigError
from feedloom.render.body.tags import MORE

_SETTINGS = {
    "_disable_config": True,  # or it reads /etc/docutils.conf and those of the home and the working folder
    "doctitle_xform": False,
    "file_insertion_enabled": False,
    "halt_level": 5,
    "initial_header_level": 2,
    "line_length_limit": 10_000,
    "raw_enabled": False,
    "report_level": 5,
    "smart_quotes": False,
    "syntax_highlight": "none",
    "traceback": True,  # or it prints errors and ends the program
}

# Those of Sphinx, which posts about programs use. Here they are their words.
_ROLES = frozenset(
    """
    abbr any attr class command data doc download envvar exc file func guilabel kbd mailheader menuselection meth mod
    numref obj option pep program py:attr py:class py:data py:exc py:func py:meth py:mod py:obj ref rfc samp term token
    """.split()  # noqa: SIM905
)

_TEASER_END = re.compile(r"^\.\. +TEASER_END\b.*$", re.MULTILINE | re.IGNORECASE)
# docutils calls itself for each level: in one line, and from line to line.
_TOO_DEEP = re.compile(r"^(?:[ \t]*(?:[-*+•]|\(?\w{1,4}[.)]|:|\|)(?=[ \t])){20}|^[ \t]{200}", re.MULTILINE)


def html(text: str) -> str | None:
    """The HTML of a reStructuredText; None if docutils cannot read it.

    Raises ConfigError if docutils is not installed.
    """
    publish_parts, writer = _docutils()
    if _TOO_DEEP.search(text):
        return None
    text = _TEASER_END.sub(f"\n{MORE}\n", text)
    try:
        return str(publish_parts(text, writer=writer(), settings_overrides=_SETTINGS)["body"])
    except Exception:  # of any kind: it has faults of its own in odd texts, and RecursionError is one
        return None


@cache
def _docutils() -> Any:
    try:
        from docutils.core import publish_parts
        from docutils.nodes import SkipNode
        from docutils.parsers.rst import roles
        from docutils.writers import html5_polyglot
    except ImportError:
        raise ConfigError("reStructuredText needs docutils; install feedloom[rst], or set content: excerpt") from None
    for name in _ROLES:
        roles.register_local_role(name, _words)

    class Translator(html5_polyglot.HTMLTranslator):  # type: ignore[misc]
        def visit_literal(self, node: Any) -> None:
            """As code, where docutils writes a span with a class."""
            self.body.append(f"<code>{self.encode(node.astext())}</code>")
            raise SkipNode

    class Writer(html5_polyglot.Writer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.translator_class = Translator

    return publish_parts, Writer


def _without_target(text: str) -> str:
    """The words of a role such as `words <target>`."""
    words, _, target = text.rpartition("<")
    return words.rstrip() if target.endswith(">") and ">" not in target[:-1] and "<" in text else text


def _words(_name: str, _raw: str, text: str, *_: Any, **__: Any) -> tuple[list[Any], list[Any]]:
    from docutils import nodes

    return [nodes.inline("", _without_target(text).replace("\0", "\\"))], []

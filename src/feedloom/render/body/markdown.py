"""Markdown to HTML: CommonMark with tables, strikethrough and footnotes. What comes out is not safe yet.

markdown-it-py is linear in a text's blocks, but some searches within one block take the square of its length. So a block is
Markdown up to a length that no paragraph of a person has; a longer one is shown as text.
"""

from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

_LONGEST_BLOCK = 10_000
"""In characters; the worst that was found takes 0.1 s for these."""


def html(text: str) -> str:
    """The HTML of a Markdown text; HTML in it stays as it is."""
    return str(_parser().render(text))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(footnote_plugin)
    parser.disable("footnote_inline")  # `^[` is no mark to any of the generators
    parser.core.ruler.before("inline", "long_blocks", _keep_long_blocks)
    parser.add_render_rule("footnote_ref", _reference)
    parser.add_render_rule("footnote_open", _item)
    parser.add_render_rule("footnote_anchor", _nothing)
    return parser


def _keep_long_blocks(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and len(token.content) > _LONGEST_BLOCK:
            token.type = "text"


# The footnotes of the site's own page have other ids than these, so that a link to one would lead nowhere.
def _reference(_renderer: RendererProtocol, tokens: list[Token], at: int, *_: Any) -> str:
    return f"<sup>[{tokens[at].meta['id'] + 1}]</sup>"


def _item(*_: Any) -> str:
    return "<li>"


def _nothing(*_: Any) -> str:
    return ""

"""The body of a record as HTML that a feed may show, and the plain text of its beginning.

Whatever the source, the HTML is safe and whole: the same elements for Markdown, HTML and reStructuredText, none of them
left open, every address absolute. The libraries are imported only where a body is rendered.
"""

import msgspec

from feedloom.model import Content, Markup
from feedloom.render.body import sanitize, template_tags

LONGEST = 250_000
"""In characters. Of a longer body only the excerpt is shown."""

_BEGINNING = 10_000
"""The part of a body, in characters, in which its excerpt is looked for, if it is too long."""


class Body(msgspec.Struct, frozen=True, array_like=True):
    """A rendered body. `html` is empty where the body has no text, or where only its `excerpt` is to be shown, with a link:
    then it is not `whole`. `tags` is how many template tags were cut out of it.
    """

    html: str
    excerpt: str
    whole: bool = True
    tags: int = 0


def rendered(content: Content) -> Body:
    """Render a body. Raises ConfigError for reStructuredText without docutils."""
    text = content.text
    is_long = len(text) > LONGEST
    text = sanitize.permitted(text[:_BEGINNING] if is_long else text)
    cut = template_tags.cut(text, content.syntaxes, content.root)
    is_whole = not is_long
    if cut.tags and content.templates == "excerpt":
        is_whole = False
    elif content.templates == "keep":
        cut = template_tags.Cut(text)
    elif 2 * cut.length > len(text.strip()):
        is_whole = False
    html = _html(cut.text, content.markup)
    is_whole = is_whole and html is not None
    clean = sanitize.clean(html or "", content.address)
    return Body(clean.html if is_whole else "", clean.excerpt, is_whole, cut.tags)


def _html(text: str, markup: Markup) -> str | None:
    if markup == "markdown":
        from feedloom.render.body import markdown

        return markdown.html(text)
    if markup == "rst":
        from feedloom.render.body import rst

        return rst.html(text)
    return text

"""The body of a record as HTML that a feed may show, and the plain text of its beginning.

Whatever the source, the HTML is safe and whole: the same elements for Markdown, HTML and reStructuredText, none of them
left open, every address absolute. The libraries are imported only where a body is rendered.
"""

from typing import Literal

import msgspec

from feedloom.model import Url
from feedloom.render.body import sanitize, template_tags
from feedloom.render.body.template_tags import Syntax

__all__ = ["LONGEST", "Body", "Markup", "Syntax", "Templates", "rendered"]

Markup = Literal["markdown", "html", "rst"]
Templates = Literal["cut", "keep", "excerpt"]
"""What happens to template tags: `cut` takes them out, `keep` shows them as they are written, `excerpt` shows the excerpt of a
body that has some.
"""

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


def rendered(
    text: str,
    markup: Markup,
    address: Url,
    *,
    root: Url,
    syntaxes: frozenset[Syntax] = frozenset(),
    templates: Templates = "cut",
) -> Body:
    """Render a body. Its addresses are relative to `address`, the record's own; `root` is that of the site.

    `syntaxes` are the template languages that its generator knows. Raises ConfigError for `rst` without docutils.
    """
    is_long = len(text) > LONGEST
    text = sanitize.permitted(text[:_BEGINNING] if is_long else text)
    cut = template_tags.cut(text, syntaxes, root)
    is_whole = not is_long
    if cut.tags and templates == "excerpt":
        is_whole = False
    elif templates == "keep":
        cut = template_tags.Cut(text)
    elif 2 * cut.length > len(text.strip()):
        is_whole = False
    clean = sanitize.clean(_html(cut.text, markup), address)
    is_whole = is_whole and bool(clean.html or not text.strip())
    return Body(clean.html if is_whole else "", clean.excerpt, is_whole, cut.tags)


def _html(text: str, markup: Markup) -> str:
    if markup == "markdown":
        from feedloom.render.body import markdown

        return markdown.html(text)
    if markup == "rst":
        from feedloom.render.body import rst

        return rst.html(text)
    return text

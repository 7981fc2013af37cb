"""How the bodies of each generator's posts are written: their markup, and the template languages that the generator knows."""

from collections.abc import Mapping

from feedloom.config.profiles import Name
from feedloom.model import Markup, Syntax

_MARKUP: Mapping[str, Markup] = {
    "md": "markdown",
    "markdown": "markdown",
    "mkd": "markdown",
    "mkdn": "markdown",
    "mkdown": "markdown",
    "mdown": "markdown",
    "mdx": "markdown",
    "txt": "markdown",
    "html": "html",
    "htm": "html",
    "njk": "html",
    "liquid": "html",
    "rst": "rst",
}

_SYNTAXES: Mapping[Name, tuple[Syntax, ...]] = {
    "native": (),
    "jekyll": ("liquid",),
    "hugo": ("shortcodes",),
    "eleventy": ("liquid",),
    "astro": (),
    "zola": ("liquid",),
    "pelican": (),
    "nikola": ("shortcodes",),
    "hexo": ("nunjucks",),
    "docusaurus": ("mdx",),
    "obsidian": ("wikilinks",),
}


def markup(path: str, profile: Name) -> Markup | None:
    """The markup of a post, by the suffix of its file; None if feedloom cannot render it (Org, AsciiDoc, Textile)."""
    suffix = path.lower().rpartition(".")[2]
    if profile == "nikola" and suffix == "txt":
        return "rst"
    return _MARKUP.get(suffix)


def syntaxes(path: str, profile: Name) -> tuple[Syntax, ...]:
    """The template languages that can be in a post."""
    return ("mdx",) if path.lower().endswith(".mdx") else _SYNTAXES[profile]

"""The templates of the pages, in Jinja2: feedloom's own, and those of the owner that replace them. Pure."""

import hashlib
import pkgutil
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from feedloom.config.settings import Config
from feedloom.errors import ConfigError
from feedloom.feeds import kinds
from feedloom.model import Group
from feedloom.render.metadata import PAGE
from feedloom.values import urls

if TYPE_CHECKING:  # a build without pages does not need it
    from jinja2 import Environment

STYLE = "feedloom.css"
SCRIPT = "feedloom.js"
_OURS = "feedloom/"
"""Templates of the owner can extend and include feedloom's by this folder: `feedloom/base.html`."""

_Own = tuple[tuple[str, str, str], ...]


def rendered(name: str, config: Config, values: dict[str, Any]) -> str:
    """A template, filled in. Raises ConfigError, with file and line, if a template of the owner is broken."""
    own = config.own.templates
    if not own:
        return templates().get_template(name).render(values)
    try:
        return templates(own).get_template(name).render(values)
    except Exception as error:  # these templates are programs of others
        raise _broken(error, own) from None


def replaced(config: Config, *names: str) -> bool:
    """Whether the owner has one of these templates."""
    own = config.own.templates
    return bool(own) and any(name in names for name, _, _ in own)


@lru_cache(4)
def templates(own: _Own = ()) -> "Environment":
    """The environment of all templates."""
    from jinja2 import ChoiceLoader, Environment, FunctionLoader, PackageLoader, PrefixLoader, StrictUndefined

    found = {name: (text, path, lambda: True) for name, path, text in own}
    ours = PackageLoader("feedloom.render")
    made = Environment(
        loader=ChoiceLoader([FunctionLoader(found.get), PrefixLoader({_OURS.rstrip("/"): ours}), ours]) if own else ours,
        autoescape=True,
        auto_reload=False,  # it would check the template files for each page
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.globals |= {"style": versioned(STYLE, asset(STYLE)), "script": versioned(SCRIPT, asset(SCRIPT))}
    made.filters["fill"] = _fill
    return made


def markup(html: str) -> str:
    """HTML that templates do not escape."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 (from feedloom's own functions, which escape, or from the owner)


def versioned(name: str, data: bytes) -> str:
    """The URL of an asset. It changes with the bytes, so that browsers do not use an old one for new pages."""
    return f"{name}?{hashlib.sha256(data).hexdigest()[:8]}"


@cache
def asset(name: str) -> bytes:
    """A stylesheet or script of feedloom's."""
    data = pkgutil.get_data("feedloom.render", f"templates/{name}")
    assert data is not None
    return data


@lru_cache(16384)
def topic_feed(name: str) -> str:
    """The address of the feed of a topic."""
    return kinds.address_of(Group("topic", kinds.of_topic(name)))


@lru_cache(16384)
def provider_feed(name: str, domain: str | None) -> str:
    """The address of the feed of a provider."""
    return kinds.address_of(Group("provider", kinds.of_provider(name, domain)))


@lru_cache(16384)
def page_of(address: str) -> str:
    """The page of a feed, from one in a folder."""
    return urls.joined("../", f"{address}.{PAGE}")


def _fill(text: str, **values: Any) -> str:
    """A text with values in its places; HTML stays HTML."""
    from markupsafe import escape  # a build without pages does not need it

    return escape(text).format(**values)


def _broken(error: Exception, own: _Own) -> ConfigError:
    paths = {path for _, path, _ in own}
    where, line = getattr(error, "filename", None), getattr(error, "lineno", None)  # an error of syntax
    traceback = error.__traceback__
    while traceback:
        if (path := traceback.tb_frame.f_code.co_filename) in paths:
            where, line = path, traceback.tb_lineno
        traceback = traceback.tb_next
    what = _missing(error, own) or str(error).partition("\n")[0] or type(error).__name__
    if isinstance(error, RecursionError):
        what = f"includes or extends itself; feedloom's template of this name is {_OURS}NAME.html"
    if where not in paths:
        where, line = own[0][1], None
    return ConfigError(f"{where}:{line}: {what}" if line else f"{where}: {what}")


def _missing(error: Exception, own: _Own) -> str:
    """What to say of a template that does not exist; nothing of other errors."""
    from jinja2 import TemplateNotFound, TemplatesNotFound

    if not isinstance(error, TemplateNotFound):
        return ""
    names = error.templates if isinstance(error, TemplatesNotFound) else [error.name or ""]
    folder = own[0][1].rpartition("/")[0] or "."
    named = ", ".join(map(str, names))
    return (
        named and f"{named}: no such template in {folder} (folders in it are not read), nor among feedloom's ({_OURS}NAME.html)"
    )

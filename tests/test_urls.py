"""URLs that may leave the house, and those that may not."""

import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom.model import Url
from feedloom.problems import Mistake
from feedloom.values.urls import UNCHANGED, canonical, domain, http_url, joined

READ = {
    "https://example.com/a?b=c&d=%20#e": "https://example.com/a?b=c&d=%20#e",
    "  https://example.com/\n": "https://example.com/",
    "https://example.com/?a=1&amp;b=2&#38;c&AMP;d&copy;": "https://example.com/?a=1&b=2&c&d&copy;",
    "HTTP://Example.com/A": "http://Example.com/A",
    "https://example.com": "https://example.com",
    "https://example.com?a": "https://example.com/?a",
    "https://example.com:8443/": "https://example.com:8443/",
    "https://bücher.example/straße?ü=ö#ä": "https://xn--bcher-kva.example/stra%C3%9Fe?%C3%BC=%C3%B6#%C3%A4",
    "https://例え.example:80/": "https://xn--r8jz45g.example:80/",
    "https://example.com/a|b<c>\"[d]{e}^`": "https://example.com/a%7Cb%3Cc%3E%22%5Bd%5D%7Be%7D%5E%60",
    "https://example.com/100%": "https://example.com/100%25",
    "https://example.com/a\\b": "https://example.com/a%5Cb",
    "https://example.com/@me/a@b": "https://example.com/@me/a@b",
    "https://my_bucket.example.com/x": "https://my_bucket.example.com/x",
    "http://127.0.0.1:8000/x": "http://127.0.0.1:8000/x",
}  # fmt: skip

REFUSED = [
    "", "x", "/x", "//example.com/x", "example.com", "javascript:alert(1)", "data:text/html,x", "ftp://example.com/",
    "https:/example.com", "https://", "https:///x", "https://a b.example/", "https://example.com/a b", "https://exa\nmple.com/",
    "https://me:secret@example.com/", "https://me@example.com/", "https://example.com:port/", "https://example.com:0/",
    "https://example.com:65536/", "https://[::1]/", "https://exa mple.com/", "https://a..b/", "https://-/", "https://.example/",
    "https://example.com\\@evil.example/", "https://☃☃-.example/", "https://example.com/\ud83d", "https://" + "a" * 254 + "/",
    "https://example.com/" + "a" * 8_000, "http\u017f://example.com/", "https://\U00031350.example/",
]  # fmt: skip

CANONICAL = {
    "https://example.com": "https://example.com/",
    "https://EXAMPLE.com:443/a": "https://example.com/a",
    "http://example.com:80": "http://example.com/",
    "https://example.com:80/": "https://example.com:80/",
    "https://example.com./": "https://example.com/",
    "https://example.com/%e2%80%99%7Ea%2D%2f": "https://example.com/%E2%80%99~a-%2F",
    "https://example.com/a/./b/../c/..": "https://example.com/a/",
    "https://example.com/../a//b/.well-known": "https://example.com/a//b/.well-known",
    "https://example.com/a?b=%7e%2b#%41": "https://example.com/a?b=~%2B#A",
}


@pytest.mark.parametrize("written", READ)
def test_read(written: str) -> None:
    assert http_url(written) == READ[written]


@pytest.mark.parametrize("written", REFUSED)
def test_refused(written: str) -> None:
    with pytest.raises(ValueError):
        http_url(written)


@given(
    st.text(max_size=40) | st.text(max_size=40).map("https://example.com/".__add__) | st.text(max_size=9).map("http://".__add__)
)
def test_every_url_that_is_read_is_safe(written: str) -> None:
    try:
        url = http_url(written)
    except ValueError:
        return
    assert re.fullmatch(r"https?://[A-Za-z0-9._-]+(:\d+)?(/[!$%&'()*+,;=:@/?#A-Za-z0-9._~-]*)?", url)
    assert http_url(url) == url
    assert canonical(canonical(url)) == canonical(url)


@pytest.mark.parametrize("url", CANONICAL)
def test_canonical(url: str) -> None:
    assert canonical(Url(url)) == CANONICAL[url]


@pytest.mark.parametrize("url", ["https://a.example/#", "https://a.example/?", "https://a.example/x;", "http://a.example/?#"])
def test_a_full_url_is_the_same_with_a_base(url: str) -> None:
    assert http_url(url) == http_url(url, "https://example.com/records/") == http_url(url, "http://example.com/")


def test_relative_to_a_base() -> None:
    assert http_url("img/a.png", "https://example.com/records/") == "https://example.com/records/img/a.png"
    assert http_url("/a.png", "https://example.com/records/") == "https://example.com/a.png"
    assert http_url("//cdn.example/a.png", "https://example.com/") == "https://cdn.example/a.png"
    assert http_url("https:///a.png", "https://example.com/records/") == "https://example.com/a.png"
    with pytest.raises(ValueError, match=r"not an http\(s\) URL"):
        http_url("javascript:x", "https://example.com/")
    for written in ("//[", "//]x", "//[::1", "//[x]/a"):
        with pytest.raises(Mistake):
            http_url(written, "https://example.com/")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("cio.com", "cio.com"),
        (" WWW.Cio.COM. ", "cio.com"),
        ("https://www.cio.com:443/path?x", "cio.com"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_domain(written: str, expected: str) -> None:
    assert domain(written) == expected


@pytest.mark.parametrize("written", ["", "no domain", "localhost", "a/../b", "@", "www."])
def test_no_domain(written: str) -> None:
    with pytest.raises(ValueError, match="is not a domain"):
        domain(written)


def test_joined() -> None:
    assert joined("https://example.com/", "topics/宇宙~1") == "https://example.com/topics/%E5%AE%87%E5%AE%99~1"


@given(st.from_regex(r"https?://[a-zA-Z0-9._:@-]{1,12}(/[a-z%.~;&é]{0,6}){0,3}([?#][a-z=&;%#.]{0,8})?", fullmatch=True))
def test_a_plain_address_is_what_a_closer_look_gives(text: str) -> None:
    """With a space before it, none is read at once; nor is a long id canonical at once."""

    def told(text: str) -> tuple[str, str] | str:
        try:
            url = http_url(text)
        except ValueError as error:
            return str(error)
        return url, canonical(Url(url + "?" + "x" * 300 if "?" not in url and "#" not in url else url))

    short = told(text)
    assert short == told(" " + text)
    if isinstance(short, tuple) and "?" not in short[0] and "#" not in short[0]:
        assert canonical(Url(short[0])) == short[1].removesuffix("?" + "x" * 300)


def test_domains_without_end_are_not_remembered() -> None:
    """A cache of a thousand of them would hold a gigabyte."""
    tracemalloc.start()
    for number in range(20):
        with pytest.raises(ValueError, match="is longer than 8,000 characters"):
            domain(f"{number}.{'x' * 1_000_000}")
    hold, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert hold < 5_000_000


@given(
    st.text(st.sampled_from("aZ0.-_~/?#%2F:@&;=é \n"), max_size=14), st.sampled_from(["https://", "http://", "", "https://a"])
)
def test_what_is_called_unchanged_is(rest: str, start: str) -> None:
    if re.fullmatch(UNCHANGED, start + rest):
        assert http_url(start + rest) == start + rest


@pytest.mark.parametrize(
    "host",
    ["a", "a-b.c", "a--b", "xn--a-b.c.d.e.f.g", "1.2.3.4", "a" * 253, "a-.b", "-a", "a.-b", "a..b", "a.", "a-", "a" * 254],
)
def test_hosts_of_urls_that_are_called_unchanged(host: str) -> None:
    is_host = re.fullmatch(r"(?=.{1,253}\Z)[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*", host) is not None
    for rest in ("", "/", "/a?b=c#d", "/%41?%41#%41"):
        assert bool(re.fullmatch(UNCHANGED, f"https://{host}{rest}")) == is_host

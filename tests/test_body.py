"""Bodies become HTML that is safe, whole and absolute, whatever they contain."""

import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedloom.model import Content, Markup, Syntax, Templates, Url
from feedloom.render import xml
from feedloom.render.body import LONGEST, Body, rendered
from feedloom.render.body.sanitize import permitted
from feedloom.render.body.tags import DEEPEST, SHOWN, VOID
from feedloom.values.text import forbidden

ADDRESS = Url("https://me.example/blog/2021/post/")
ROOT = Url("https://me.example/blog/")
ALL: frozenset[Syntax] = frozenset({"liquid", "shortcodes", "mdx", "wikilinks"})


def body(text: str, markup: Markup = "markdown", *syntaxes: Syntax, templates: Templates = "cut") -> Body:
    return rendered(Content(text, markup, ADDRESS, ROOT, syntaxes, templates))


def markdown(text: str, *syntaxes: Syntax) -> str:
    return body(text, "markdown", *syntaxes).html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a *b* ~~c~~", "<p>a <em>b</em> <s>c</s></p>"),
        (
            "| a |\n|---|\n| 1 |",
            "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n</tr>\n</tbody>\n</table>",
        ),
        ("```py\nx < 1\n```", '<pre><code class="language-py">x &lt; 1\n</code></pre>'),
        ("a[^1]\n\n[^1]: b", "<p>a<sup>[1]</sup></p>\n<hr>\n<section>\n<ol>\n<li><p>b</p>\n</li>\n</ol>\n</section>"),
        ("a\r\nb\rc", "<p>a\nb\nc</p>"),
        ("a\x00\x07b\ufffe\x0bc &#1; &#xfffe;", "<p>ab c  </p>"),
        ("x < y & z", "<p>x &lt; y &amp; z</p>"),
        ("שלום", '<p dir="auto">שלום</p>'),
    ],
)
def test_markdown(text: str, expected: str) -> None:
    assert markdown(text) == expected


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://other.example/a b", "https://other.example/a%20b"),
        ("../x", "https://me.example/blog/2021/x"),
        ("x.png?a=1&amp;b", "https://me.example/blog/2021/post/x.png?a=1&amp;b"),
        ("/x", "https://me.example/x"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("#part", "https://me.example/blog/2021/post/#part"),
        ("?page=2", "https://me.example/blog/2021/post/?page=2"),
        ("{static}/x.png", "https://me.example/x.png"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("ja&#9;vascript:alert(1)", None),
        (" javascript:alert(1)", None),
        ("vbscript:x", None),
        ("data:text/html,x", None),
        ("{filename}other.md", None),
        ("http://[x", None),
        ("https://user:secret@me.example/", None),
        ("", None),
    ],
)
def test_addresses(written: str, address: str | None) -> None:
    """One that no reader could open goes, and its words stay."""
    link = f'<a href="{address}">words</a>' if address else "words"
    assert body(f'<p><a href="{written}">words</a></p>', "html").html == f"<p>{link}</p>"
    if not written.startswith("mailto"):
        picture = f'<img src="{address}" alt="">' if address else ""
        assert body(f'<p>a <img src="{written}" alt=""></p>', "html").html == f"<p>a {picture}</p>"


def test_all_pictures_of_a_set_are_absolute() -> None:
    html = '<img src="a.png" srcset="a.png 1x, /b.png 2x,https://x.example/c,d.png 3x, javascript:x 4x">'
    expected = "https://me.example/blog/2021/post/a.png 1x, https://me.example/b.png 2x, https://x.example/c,d.png 3x"
    assert f'srcset="{expected}"' in body(html, "html").html


TITLED = '<p title="&lt;/noscript&gt;&lt;img src=x onerror=alert(1)&gt;">a</p>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<script>alert(1)</script>a", "a"),
        ("use the <script> element and <b>more</b>", "use the  element and <b>more</b>"),
        ('<b onclick="x" style="color:red">a</b>', "<b>a</b>"),
        ("<b><i>a", "<b><i>a</i></b>"),
        ("a</p></div>b", "ab"),
        ("<p> </p><p>a</p><p><br></p>", "<p>a</p><p><br></p>"),
        ("<my-word>a</my-word> <form><input value=x>b</form>", "a b"),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>a", "a"),
        ("<noscript><p title='</noscript><img src=x onerror=alert(1)>'>a</p></noscript>", TITLED),
        ("a <!-- secret -->b<?php echo 1 ?>", "a b"),
        ("<![CDATA[<b>a</b>]]>", "a]]&gt;"),
        ('<iframe src="/v?a=1&amp;b=2"></iframe>', '<p><a href="https://me.example/v?a=1&amp;b=2">/v?a=1&amp;b=2</a></p>'),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ('<img data-src="a.png" alt="x &amp; y">', '<img src="https://me.example/blog/2021/post/a.png" alt="x &amp; y">'),
        ('<img src="data:image/gif;x" data-src=/a.png>', '<img src="https://me.example/a.png" alt="">'),
        ("<img src=/b.png data-src=/a.png>", '<img src="https://me.example/b.png">'),
        ('<img data-src="javascript:x" alt="">', ""),
        ('<a name="x">a</a>', "a"),
        ('<time datetime="2021">a</time>', '<time datetime="2021">a</time>'),
        ('<code class="x language-c++ y">a</code>', '<code class="language-c++">a</code>'),
        ('a <b c="', 'a &lt;b c="'),
        ("a <!-- b", "a &lt;!-- b"),
    ],
)
def test_html(html: str, expected: str) -> None:
    assert body(html, "html").html == expected


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("# Head\n\nOne *two*\nthree\n\nfour", "One two three"),
        ("One\n\ntwo\n\n<!-- more -->\n\nthree", "One two"),
        ("One\n\ntwo\n\n<!--more-->three", "One two"),
        ("One two <!-- truncate --> three", "One two"),
        ("<!-- more -->\n\nOne\n\ntwo", "One"),
        ("`<!-- more -->` is\n\nnot read in code", "< !-- more --> is"),
        ("![only](a.png)\n\nOne &lt;b&gt; &amp;", "One < b> &"),
        ("- a\n- b", ""),
        ("", ""),
    ],
)
def test_the_excerpt_is_what_a_mark_ends_else_the_first_paragraph(text: str, excerpt: str) -> None:
    assert body(text).excerpt == excerpt


@pytest.mark.parametrize(
    ("text", "syntax", "expected", "tags"),
    [
        ("a {{ page.x }} b", "liquid", "<p>a  b</p>", 1),
        ("a\n\n{% if x %}\nb\n{% endif %}\n\nc", "liquid", "<p>a</p>\n<p>b</p>\n<p>c</p>", 2),
        ("{% raw %}{{ x }} {% y %}{% endraw %} z", "liquid", "<p>{{ x }} {% y %} z</p>", 0),
        ("a {% comment %}b{% endcomment %} c", "liquid", "<p>a  c</p>", 0),
        (
            "{% highlight ruby linenos %}\n*a*\n{% endhighlight %}",
            "liquid",
            '<pre><code class="language-ruby">*a*\n</code></pre>',
            0,
        ),
        ("![]({{ site.baseurl }}/a.png)", "liquid", '<p><img src="https://me.example/blog/a.png" alt=""></p>', 0),
        ("![]({{ '/a.png' | relative_url }})", "liquid", '<p><img src="https://me.example/blog/a.png" alt=""></p>', 0),
        ("![]({{site.url}}{{ site.baseurl }}/a.png)", "liquid", '<p><img src="https://me.example/blog/a.png" alt=""></p>', 0),
        ("[the words]({% post_url 2020-01-01-x %})", "liquid", "<p>the words</p>", 1),
        (
            "![](a.png){: .wide}\n{: .x}\n\n`{: y}` and so on",
            "liquid",
            '<p><img src="https://me.example/blog/2021/post/a.png" alt=""></p>\n<p><code>{: y}</code> and so on</p>',
            0,
        ),
        ("{{ never closed, {% either", "liquid", "<p>{{ never closed, {% either</p>", 0),
        ("`{{ a }}` {{ b }}", "nunjucks", "<p><code>{{ a }}</code> </p>", 1),
        ('a {{< b c="d" >}} {{ e }} f', "shortcodes", "<p>a  {{ e }} f</p>", 1),
        ("a {{% note %}}b{{% /note %}} and more words", "shortcodes", "<p>a b and more words</p>", 2),
        ("{{</* a */>}} {{%/* b */%}}", "shortcodes", "<p>{{&lt; a &gt;}} {{% b %}}</p>", 0),
        (
            '{{< figure src="a.png" alt="x > y" >}}',
            "shortcodes",
            '<figure><img src="https://me.example/blog/2021/post/a.png" alt="x &gt; y"></figure>',
            0,
        ),
        ('[words that stay here]({{< ref "x.md" >}})', "shortcodes", "<p>words that stay here</p>", 1),
        (
            "import A from 'a'\nimport {b} from 'b'\n\nThe text of the post, of which more is left than is cut",
            "mdx",
            "<p>The text of the post, of which more is left than is cut</p>",
            1,
        ),
        (
            "Some words <A b={() => <c>} d='>'>*inside*</A>, and the rest of the words",
            "mdx",
            "<p>Some words <em>inside</em>, and the rest of the words</p>",
            2,
        ),
        ("words {expression} \\{no\\} `{code}`", "mdx", "<p>words  {no} <code>{code}</code></p>", 1),
        (
            "```js\nimport a from 'a'\n{b}\n```",
            "mdx",
            "<pre><code class=\"language-js\">import a from 'a'\n{b}\n</code></pre>",
            0,
        ),
        (
            "Before.\n:::tip\n\nInside *it*.\n\n:::\nBehind.",
            "mdx",
            "<p>Before.</p>\n<p><strong>Tip</strong></p>\n<p>Inside <em>it</em>.</p>\n<p>Behind.</p>",
            0,
        ),
        (
            ":::caution[A `b`] \n1\n:::\n\n::::note Its title {#id}\n2\n::::\n\n:::a: b\n\n```\n:::note\n```",
            "mdx",
            "<p>:::caution[A <code>b</code>]\n1</p>\n<p><strong>Its title</strong></p>\n<p>2</p>\n<p>:::a: b</p>"
            "\n<pre><code>:::note\n</code></pre>",
            0,
        ),
        (
            ":::info[Its title]\n1\n:::",
            "mdx",
            "<p><strong>Its title</strong></p>\n<p>1</p>",
            0,
        ),
        (
            "See [[a/Page]], [[p|some words]] ![[a.png]] `[[code]]`",
            "wikilinks",
            "<p>See Page, some words  <code>[[code]]</code></p>",
            3,
        ),
    ],
)
def test_template_tags_are_cut_and_what_they_enclose_stays(text: str, syntax: Syntax, expected: str, tags: int) -> None:
    found = body(f"{text}\n\n{'word ' * 20}", "markdown", syntax)
    assert (found.html, found.tags, found.whole) == (f"{expected}\n<p>{('word ' * 20).strip()}</p>", tags, True)


def test_what_looks_like_a_tag_of_another_generator_stays() -> None:
    assert markdown("{{ a }} {{< b >}} {c} [[d]]") == "<p>{{ a }} {{&lt; b &gt;}} {c} [[d]]</p>"


def test_a_body_of_which_more_than_half_is_cut_is_not_shown() -> None:
    found = body("One.\n\n{% a long tag that lays out the page %}\n\nTwo.", "markdown", "liquid")
    assert found == Body("", "One.", False, 1)


def test_tags_can_be_kept_or_lead_to_the_excerpt() -> None:
    text = "One two three four.\n\nFive {{ x }}"
    assert body(text, "markdown", "liquid", templates="keep").html == "<p>One two three four.</p>\n<p>Five {{ x }}</p>"
    assert body(text, "markdown", "liquid", templates="excerpt") == Body("", "One two three four.", False, 1)
    assert body("One", "markdown", "liquid", templates="excerpt") == Body("<p>One</p>", "One")


def test_a_very_long_body_is_its_excerpt() -> None:
    assert body("One.\n\n" + "word " * LONGEST) == Body("", "One.", False)


def test_a_block_longer_than_any_paragraph_is_shown_as_text() -> None:
    found = markdown("a\n\n" + "![" * 10_000)
    assert found.count("![") == 10_000
    assert "<em>" not in markdown("*a* " * 5_000)


def test_elements_nest_so_deep_and_no_deeper() -> None:
    """A parser takes the square of the depth, and one that calls itself ends."""
    for text in (
        "<div>" * 100_000,
        "<div><!--</div>-->" * 10_000,
        "<b class=x>" * 10_000,
        "<x><div>" * 10_000,
        "<<x>div>" * 10_000,
        "> " * 100_000,
    ):
        depth = 0
        for event, _ in events(body(f"{text}a", "markdown" if text[0] == ">" else "html").html):
            depth += {"start": 1, "end": -1}.get(event, 0)
            assert depth <= DEEPEST + 5
        assert not depth


def test_rst() -> None:
    text = (
        "Head\n====\n\nA :ref:`words <target>` ``a < b`` `link <x>`_.\n\n.. TEASER_END\n\nTwo\n\n.. image:: {static}/a.png\n\n"
        ".. raw:: html\n\n   <script>alert(1)</script><u>raw</u>\n\n.. include:: /etc/passwd\n\n.. code:: python\n\n   x < 1\n"
    )
    found = body(text, "rst")
    assert found.excerpt == "Head A words a < b link."
    assert "<code>a &lt; b</code>" in found.html
    assert '<a href="https://me.example/blog/2021/post/x">link</a>' in found.html
    assert 'src="https://me.example/a.png"' in found.html
    assert "<pre><code>x &lt; 1</code></pre>" in found.html
    assert "alert" not in found.html
    assert "raw" not in found.html
    assert "root:" not in found.html


def test_rst_that_docutils_cannot_read() -> None:
    for text in ("- " * 2_000, "\n\n".join(" " * level + "a" for level in range(1_000))):
        assert not body(text, "rst").whole


def test_rendering_alone_imports_the_libraries() -> None:
    program = (
        "import sys, feedloom.render.body as body, feedloom.model as model; print(*sys.modules);"
        "body.rendered(model.Content('x', 'html', 'https://a.example/', 'https://a.example/')); print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before, after = (set(line.split()) for line in ran.stdout.splitlines())
    assert not before & {"nh3", "markdown_it", "docutils"}
    assert after & {"nh3", "markdown_it", "docutils"} == {"nh3"}


FRAGMENTS = (  # noqa: SIM905
    "< > & \" ' ` = / ! - -- --> <!-- <!--more--> </ <? ?> <![CDATA[ ]]> &lt; &#60; &#x3c &#0; &quot; "
    "&colon; <p> </p> <b> </b> <i> <a> </a> <div> </div> <table> <tr> <td> </table> <script> </script> "
    "<style> </style> <svg> </svg> <math> <mi> <mglyph> <annotation-xml> <foreignObject> <title> </title> "
    "<noscript> </noscript> <textarea> <iframe> </iframe> <template> <xmp> <plaintext> <select> <option> "
    "<br> <Foo <> <img <a <p <x src= href= srcset= onerror= onclick= style= alt= title= class= id= "
    "javascript: data:text/html, http:// https:// //x x.png 1x, alert(1) expression( ( ) [ ] ]( [^1] "
    "[^1]: ![ * ** _ ~~ ~~~ ``` # - 1. | |- \\ {% %} {{ }} {{< >}} {# #} {: { } {/* */} raw endraw "
    "highlight endhighlight import export [[ ]] ![[ .. :: :ref: raw:: html include:: /etc/passwd __ "
    "\u05d0 \x00 \x07 \ufffe \ufffd \ufdd0 \ufdd1"
).split(" ")
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*FRAGMENTS, " ", " ", "\n", "\n\n", "    ", "word"]), max_size=40).map("".join),
)


@given(
    TEXTS, st.sampled_from(["markdown", "html", "rst"]), st.sets(st.sampled_from(sorted(ALL))), st.sampled_from(["cut", "keep"])
)
def test_no_body_does_harm(text: str, markup: Markup, syntaxes: set[Syntax], templates: Templates) -> None:
    found = body(text, markup, *syntaxes, templates=templates)
    assert_harmless(found.html)
    assert not forbidden().search(found.excerpt)
    assert "<" not in found.excerpt or not any(f"<{letter}" in found.excerpt for letter in "abcdefghijklmnopqrstuvwxyz/!?")


@given(TEXTS)
def test_safe_html_is_rendered_as_it_is(text: str) -> None:
    once = body(text, "html").html
    again = body(once, "html").html
    assert_harmless(again)
    assert text_of(again).split() == text_of(once).split()


def assert_harmless(html: str) -> None:
    assert not forbidden().search(html)
    opened = []
    for event, name in events(html):
        if event == "start":
            opened.append(name)
        elif event == "end":
            assert opened.pop() == name
    assert not opened
    # What XML makes of it in Atom and RSS.
    assert ElementTree.fromstring(f"<content>{xml.text(html)}</content>").text == (html or None)
    for element in html5lib.parseFragment(html, namespaceHTMLElements=False).iter():
        if not isinstance(element.tag, str):
            raise AssertionError("a comment")
        assert element.tag in SHOWN | {"DOCUMENT_FRAGMENT"}
        for name, value in element.attrib.items():
            assert not name.startswith(("on", "style", "id"))
            if name in ("href", "src", "cite", "poster", "srcset"):
                for address in value.split(", "):
                    assert address.startswith(("https://", "http://", "mailto:"))


class _Events(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.found.append(("start", tag))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(("end", tag))

    def handle_data(self, data: str) -> None:
        self.found.append(("text", data))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def events(html: str) -> Iterator[tuple[str, str]]:
    parser = _Events()
    parser.feed(html)
    parser.close()
    return iter(parser.found)


def text_of(html: str) -> str:
    return "".join(text for event, text in events(html) if event == "text")


@given(st.text(st.characters(exclude_categories=[]) | st.sampled_from("\x00\t\n\x0b\r\x1c\x85\xa0\ufdd0\ufffd\uffff")))
@example("a\ufffd")
def test_what_no_feed_can_hold_is_not_permitted(text: str) -> None:
    spaces = {ord(space): " " for space in "\x0b\x0c\x1c\x1d\x1e\x1f\x85"} | {ord("\r"): "\n"}
    assert permitted(text) == forbidden().sub("", text.replace("\r\n", "\n").translate(spaces))

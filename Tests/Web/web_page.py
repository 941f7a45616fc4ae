"""Builds the page of `export --format html` as the program does, from three texts of JSON."""

import base64
import hashlib
import html
import pathlib
import re

WEB = pathlib.Path(__file__).resolve().parents[2] / "page/web"
PLACEHOLDER = re.compile(r"@@([a-z.]+)@@")
ESCAPES = {c: "\\u%04x" % ord(c) for c in "<>&\u2028\u2029"}


def escaped(text):
    """JSON that can stand in a script element: nothing in it can end the element."""
    return "".join(ESCAPES.get(c, c) for c in text)


def filled(template, values):
    """Fills all placeholders in one pass: what is put in is never read again."""
    return PLACEHOLDER.sub(lambda found: values[found.group(1)], template)


def parts():
    """The template and the files that it names."""
    names = [p.name for p in WEB.iterdir() if p.suffix in (".js", ".css")]
    return (WEB / "page.html").read_text(), {n: (WEB / n).read_text() for n in names}


def build(events, check, explanation, title):
    template, values = parts()
    values.update(events=escaped(events), check=escaped(check), explanation=escaped(explanation))
    values["title"] = html.escape(title)
    return filled(template, values)


def inline(kind):
    """The text of the only script or style element that runs, with its files put in."""
    template, values = parts()
    body = re.search(r"<%s>(.*?)</%s>" % (kind, kind), template, re.S).group(1)
    return filled(body, values)


def hash_of(kind):
    digest = hashlib.sha256(inline(kind).encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def stale_hashes():
    """The kinds whose hash in the policy of page.html is not that of their text."""
    template = (WEB / "page.html").read_text()
    return [k for k in ("script", "style") if "%s-src '%s'" % (k, hash_of(k)) not in template]


def write_hashes():
    page = WEB / "page.html"
    text = page.read_text()
    for kind in ("script", "style"):
        text = re.sub(r"%s-src '[^']*'" % kind, "%s-src '%s'" % (kind, hash_of(kind)), text)
    page.write_text(text)

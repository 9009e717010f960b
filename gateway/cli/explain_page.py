"""An explanation as one HTML page that needs nothing else: to mail, to print, to keep beside a ticket. Everything is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from gateway.cli.mapped_files import MappedFile, values_of
from gateway.cli.printing import shown
from translators.findings import Finding

# No script and no address: the page shows what a partner sent, and may fetch nothing.
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #1a1a1a; background: #fff }
h1 { font-size: 1.3rem } h2 { font-size: 1.1rem } h3, h4 { font-size: 1rem; margin-bottom: .3rem }
section section { margin-left: 1.2rem }
table { border-collapse: collapse } td, th { padding: .25rem .6rem; text-align: left; vertical-align: top; border-top: 1px solid #ddd }
th { white-space: nowrap } small { color: #595959; font-weight: normal }
dl { display: grid; grid-template-columns: max-content auto; gap: 0 .8rem; margin: 0 } dd { margin: 0 }
ul.findings { margin: .2rem 0; padding-left: .6rem; list-style: none } a { color: inherit }
li.error { color: #a40000 } li.warning { color: #7a4b00 }
.depth-1 th { padding-left: 1.6rem } .depth-2 th { padding-left: 2.6rem } .depth-3 th { padding-left: 3.6rem }
"""


def page_of(title: str, fragment: str, remarks: Iterable[str] = ()) -> str:
    """Return `fragment`, HTML already, as a page under the heading `title`; the remarks stand above it."""
    heading = escape(shown(title))
    fragment = "".join(f"<p>{escape(shown(remark))}</p>" for remark in remarks) + fragment
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{heading}</title><style>{_STYLE}</style></head>\n'
        f"<body><h1>{heading}</h1>\n{fragment}\n</body></html>"
    )


def mapped_fragment(found: MappedFile) -> str:
    """Return what a file says that is no X12 as HTML: a section for each document, a table row for each value."""
    return "".join(_mapped(found))


def _mapped(found: MappedFile) -> Iterator[str]:
    yield f"<p>{escape(found.kind)}, read by the map {escape(found.by.name)} {escape(found.by.version)}</p>"
    yield from _findings(found.findings)
    for one in found.documents:
        yield f"<section><h2>{escape(shown(one.name))}: {one.verdict}</h2>"
        yield from _findings(one.findings)
        yield "<table><thead><tr><th>what</th><th>value</th><th>where</th></tr></thead><tbody>"
        for row in values_of(one, found.by):
            yield f"<tr>{''.join(f'<td>{escape(shown(cell))}</td>' for cell in row)}</tr>"
        yield "</tbody></table></section>"


def _findings(findings: Iterable[Finding]) -> Iterator[str]:
    rows = [f'<li class="{f.severity.value}">{escape(f.code)} {escape(shown(f.sentence))}</li>' for f in findings]
    if rows:
        yield f'<ul class="findings">{"".join(rows)}</ul>'

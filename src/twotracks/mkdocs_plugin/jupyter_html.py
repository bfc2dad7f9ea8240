"""What mkdocs-jupyter makes of a notebook, cut down to what a page needs. Pure: HTML in, HTML out.

It puts all style sheets of JupyterLab and four scripts into each page, its code is highlighted in
colours of its own, and its copy buttons hold the code once more. A theme has all that already.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEGIN, _END = '<div class="jupyter-wrapper">', "</div> <!-- jupyter-wrapper -->"
# Scripts that the author asked for, with `include_requirejs` or `custom_mathjax_url`.
_ASKED_FOR = re.compile(r'<script src="[^"]+">\s*</script>')
_SETUP = re.compile(r'<script type="text/x-mathjax-config">.*?</script>', re.DOTALL)
_COPY_BUTTON = re.compile(
    r'<div class="zeroclipboard-container">.*?</clipboard-copy>\s*</div>\s*', re.DOTALL
)
_COPY_TEXT = re.compile(r'<div class="clipboard-copy-txt" id="[^"]*">.*?</div>\s*', re.DOTALL)
_CODE = re.compile(
    r'<div class="highlight(?:-ipynb hl-(?P<language>[\w+-]+)(?P<more>[^"]*))?">'
    r"<pre>(?:<span></span>)?(?!<code>)(?P<code>.*?)</pre>",
    re.DOTALL,
)
_ANCHOR = re.compile(r'<a class="anchor-link" ')
_PROMPT = '<div class="jp-InputPrompt jp-InputArea-prompt"'
_MARK = re.compile(r'(?: tabindex="0")?>\s*<p data-tt-output="(?P<number>\d+)"></p>')


def slim(html: str) -> str:
    """A notebook's page without styles and scripts, its code marked up as Markdown's is."""
    head, begin, rest = html.partition(_BEGIN)
    body, end, _ = rest.rpartition(_END)
    if not (begin and end):
        return html
    scripts = _ASKED_FOR.findall(head)
    if scripts:
        scripts += _SETUP.findall(head)
    body = _COPY_TEXT.sub("", _COPY_BUTTON.sub("", body))
    body = _CODE.sub(_code, body)
    body = _ANCHOR.sub('<a class="headerlink" title="Permanent link" ', body)
    body = body.replace(_PROMPT, f"{_PROMPT} data-search-exclude")
    # The theme lets what scrolls be reached; a cell as a whole is no place to stop at.
    body = body.replace('jp-Cell-inputWrapper" tabindex="0"', 'jp-Cell-inputWrapper"')
    return f"{''.join(scripts)}{begin}{body}{end}"


def mark(number: int) -> str:
    """What stands for the output of a cell until `filled` puts it there."""
    return f'<p data-tt-output="{number}"></p>'


def filled(html: str, outputs: Mapping[int, str]) -> str:
    """The page with the outputs of its cells, by their number, in the places of their marks."""
    return _MARK.sub(lambda found: f">{outputs[int(found['number'])]}", html)


def _code(found: re.Match[str]) -> str:
    language = f"language-{found['language']} " if found["language"] else ""
    more = (found["more"] or "").rstrip()
    code = f"<pre><span></span><code>{found['code']}</code></pre>"
    return f'<div class="{language}highlight{more}">{code}'

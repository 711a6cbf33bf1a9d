"""Reads JUnit as services do that show tests, and Markdown as GitHub does, and compares with the JSON of the same run."""

import json
import sys
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options
from junitparser import Error, Failure, JUnitXml, Skipped

reports = Path(sys.argv[1])
document = json.loads((reports / "json").read_text("utf-8"))
findings = document["diagnostics"]
unchecked = {"syntax-error", "unreadable-file", "unresolved-template"}

report = JUnitXml.fromfile(str(reports / "junit"))
kinds = {Failure: 0, Error: 0, Skipped: 0}
passed, names = 0, set()
for suite in report:
    tests = 0
    for case in suite:
        tests += 1
        name = (case.classname, case.name)
        assert name not in names, f"two tests are called {name}"
        names.add(name)
        passed += not case.result
        for result in case.result:
            kinds[type(result)] += 1
    assert suite.tests == tests, suite.name
errors = sum(finding["rule"] in unchecked for finding in findings)
notes = sum(finding["severity"] == "note" and finding["rule"] not in unchecked for finding in findings)
assert kinds == {Failure: len(findings) - errors - notes, Error: errors, Skipped: notes}, kinds
assert (report.tests, report.failures) == (len(names), kinds[Failure])
assert passed > 0


class Tags(HTMLParser):
    """Counts elements, and refuses those that are none of ours."""

    allowed = {"h2", "h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "br"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.cells, self.open, self.plain = [], [], []

    def handle_starttag(self, tag, attrs):
        assert tag in self.allowed and not attrs, f"<{tag} {attrs}>"
        if tag == "tr":
            self.cells.append(0)
        self.cells[-1:] = [count + (tag in {"td", "th"}) for count in self.cells[-1:]]
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(f"<!--{data}-->")

    def handle_data(self, data):
        if "code" not in self.open:
            self.plain.append(data)


markdown = (reports / "markdown").read_text("utf-8")
assert len(markdown) < 65_536, len(markdown)
tags = Tags()
tags.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
assert not tags.open
assert set(tags.cells) == {3}, set(tags.cells)
# A heading row for each table, and the rest are findings.
shown = len(tags.cells) - markdown.count("\n### ")
left_out = len(findings) - shown
assert (left_out > 0) == (f"**{left_out} more of {len(findings)} findings" in markdown)
plain = "".join(tags.plain)
for call in ("@everyone", "#1 ", "!2 ", ":smile:"):
    assert call not in plain, call
print(f"junit: {len(names)} tests read again; markdown: {shown} of {len(findings)} findings in tables")

"""No module of the program may hand a text to Qt that Qt would take for markup."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import vitviewer

# Each of these reads markup, or guesses whether a text is some.
RICH = {"QErrorMessage", "QInputDialog", "QProgressDialog", "QTextEdit", "QTextBrowser"}
RICH |= {"QTextDocument", "QStaticText", "QToolTip", "QWhatsThis", "QGraphicsTextItem"}
RICH |= {"TextItem", "LabelItem", "PlotItem", "PlotWidget", "AxisItem", "RichText"}
RICH |= {"setHtml", "insertHtml", "appendHtml", "setMarkdown", "drawStaticText"}
# These too, unless the function or class that makes one sets it to plain text.
GUESSING = {"QLabel", "QMessageBox"}
# These get constants only, or what `as_tooltip` made of a text.
HINTING = {"setToolTip", "setStatusTip", "setWhatsThis", "setTabToolTip", "setTitle"}
# These make a label of the last text but one; the one that varies is set to plain text.
ROWS = {"addRow", "insertRow"}
OUR_ROWS = {"qt/widgets/forms.py: addRow"}

OFFENDING = [
    "self.setToolTip(name)",
    "item.setToolTip(f'<b>{name}</b>')",
    "label = QLabel(name)",
    "class Name(QLabel): pass",
    "QMessageBox.warning(self, name, name)",
    "QMessageBox(self).setText(name)",
    "view.setHtml('')",
    "pg.TextItem(html=name)",
    "form.addRow(name, control)",
    "form.addRow(f'{name}', control)",
]
HARMLESS = [
    "self.setToolTip(as_tooltip(name))",
    "set_tooltip(self, name)",
    "self.setStatusTip('Ours')",
    "def f():\n label = QLabel(name)\n label.setTextFormat(Qt.TextFormat.PlainText)",
    "PlainLabel(name)",
    "form.addRow('Ours', control)",
    "form.addRow(self.check, control)",
]


def words_of(tree: ast.AST) -> set[str]:
    """Return every name and attribute in a piece of source."""
    nodes = list(ast.walk(tree))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def is_bad_call(call: ast.Call) -> bool:
    """Tell whether a hint or a row gets a text that may be anybody's."""
    if name_of(call) in ROWS:
        ours: tuple[type, ...] = (ast.Constant, ast.Attribute)  # a text, or a widget
        return not all(isinstance(label, ours) for label in call.args[-2:-1])
    return name_of(call) in HINTING and not all(map(is_safe_hint, call.args))


def is_safe_hint(text: ast.expr) -> bool:
    escaped = isinstance(text, ast.Call) and name_of(text) == "as_tooltip"
    return isinstance(text, ast.Constant) or escaped


def guesses(tree: ast.Module) -> set[str]:
    """Name what is made in a function or class that never speaks of plain text."""
    scopes = [
        n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)
    ]
    scopes += [n for n in tree.body if isinstance(n, ast.Expr | ast.Assign)]
    words = [words_of(scope) for scope in scopes]
    return set().union(*(GUESSING & w for w in words if "PlainText" not in w))


def offences(source: str, file: str = "new.py") -> set[str]:
    """Name what in a module may show a text as markup."""
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found = (RICH & words_of(tree)) | guesses(tree)
    found |= {name_of(call) for call in calls if is_bad_call(call)}
    return {f"{file}: {name}" for name in found}


@pytest.mark.parametrize("source", OFFENDING)
def test_the_rule_finds(source):
    assert offences(source)


@pytest.mark.parametrize("source", HARMLESS)
def test_the_rule_lets_pass(source):
    assert not offences(source)


def test_no_module_may_show_a_text_as_markup():
    package = Path(vitviewer.__file__).parent
    files = sorted(package.rglob("*.py"))
    found = [
        offences(file.read_text(encoding="utf-8"), file.relative_to(package).as_posix())
        for file in files
    ]
    assert len(files) > 100
    assert set().union(*found) == OUR_ROWS

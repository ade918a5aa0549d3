"""Tables of classes that lie, loop, bomb or try to be markup."""

from __future__ import annotations

from tests.corpus.models.case import Case, change, config, nested

_NAMES = {str(i): f"thing {i}" for i in range(5)}


def _table(name: str, table: object, words: str = "") -> Case:
    return change(name, words, id2label=table, label2id=None)


def _amber(name: str, **keys: object) -> Case:
    return Case(name, config(**keys), checks={"Weights": "amber|red"})


CASES = [
    _table("a bomb of classes", {"300000000": "x"}, "300000001 classes"),
    _table("a class of 10**30", {str(10**30): "x"}, "classes"),
    _table("a class of 5000 digits", {"9" * 5000: "x"}, "no table of classes"),
    _table("a class below zero", {"-1": "x"}, "claims"),
    _table("classes in a list", ["a", "b"], "no table of classes"),
    _table("classes by name", {"a": "b"}, "no table of classes"),
    _table("classes a word", "cat", "no table of classes"),
    _table("classes a number", 7, "no table of classes"),
    _table("classes true", True, "no table of classes"),
    _table("a class of 1.5", {"1.5": "x"}, "no table of classes"),
    _table("a class of nothing", {"": "x"}, "no table of classes"),
    change("300,000,000 labels", "num_labels", num_labels=300_000_000),
    change("labels below zero", "num_labels", num_labels=-1),
    change("labels in words", "num_labels", num_labels="five"),
    change("half a label", "num_labels", num_labels=2.5),
    change("a count that differs", num_labels=7),
    change("no table, as many", id2label=None, label2id=None, num_labels=5),
    _amber("50,000 labels", id2label=None, label2id=None, num_labels=50_000),
    _amber("50,000 in a table", id2label={"49999": "x"}, label2id=None),
    _table("50,001 in a table", {"50000": "x"}, "50001 classes"),
    _amber("no label", id2label={}, label2id=None),
    _amber("no labels, by count", id2label=None, label2id=None, num_labels=0),
    _amber("another number", id2label={"0": "a", "1": "b"}, label2id=None),
    _table("a gap", {"0": "cat", "4": "dog"}),
    _table("null", {**_NAMES, "3": None}),
    _table("a list", {**_NAMES, "3": ["a", "b"]}),
    _table("an object", {**_NAMES, "3": {"a": "b"}}),
    _table("a number", {**_NAMES, "1": 4}),
    _table("numbers", {str(i): i + 0.5 for i in range(5)}),
    _table("a truth", {**_NAMES, "3": True}),
    _table("lists of lists", {**_NAMES, "3": [["a", 1], [], [None, 2.5]]}),
    _table("NaN", {**_NAMES, "3": float("nan")}),
    _table("all alike", dict.fromkeys(_NAMES, "same")),
    _table("markup", {**_NAMES, "3": "<img src=file:///etc/passwd width=30000>"}),
    _table("control characters", {**_NAMES, "3": "\x1b[2J\0\n\r\u202e"}),
    _table("half a character", {**_NAMES, "3": "\ud83d"}),
    _table("a megabyte in one label", {**_NAMES, "3": "x" * 1_000_000}),
    _table("spaces", {**_NAMES, "3": " \t "}),
    _table("digits of another script", {"٠": "a", "١": "b", "٤": "c"}),
    _table("numbers with signs", {"+0": "a", " 1 ": "b", "0_4": "c"}),
    change("label2id in a list", label2id=["a"]),
    change("label2id a bomb", label2id={"x": 10**9}),
    _amber("label2id without id2label", id2label=None, label2id={"x": 0}),
    change("several answers", problem_type="multi_label_classification"),
    change("a regression of five", problem_type="regression"),
    Case("a regression of one", config(), base="regression"),
    Case(
        "one class that is no regression",
        config(problem_type="single_label_classification"),
        "could not be loaded",
        base="regression",
    ),
    Case(
        "one label of several",
        config(problem_type="multi_label_classification"),
        base="regression",
    ),
    change("a problem unknown", "", problem_type="nope"),
    change("a problem in a list", "", problem_type=["regression"]),
    Case(
        "classes of a tower",
        nested("vision_config", num_labels=300_000_000),
        "num_labels",
        base="clip",
    ),
    Case(
        "a table of a tower",
        nested("vision_config", id2label={"300000000": "x"}),
        "classes",
        base="clip",
    ),
    Case(
        "a table of a text part",
        nested("text_config", id2label={"300000000": "x"}),
        "",
        base="clip",
    ),
]

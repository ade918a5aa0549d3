"""A class is found by every name that it goes by, and never guessed."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from tests.facts import facts
from vitviewer.maps.targets import described, target_of
from vitviewer.queries import Target

PETS = (
    "tabby, tabby cat",
    "Egyptian cat",
    "dog, domestic dog",
    "T-shirt",
    "T",
    "shirt",
)
DIGITS = tuple("0123456789")
STARS = ("1", "2", "3", "4", "5")
AGES = ("0-2", "3-9", "10-19", "20-29", "more than 70")
PLANES = ("707-320", "727-200", "737-200", "A320", "a320")
TWICE = ("crane", "maillot", "maillot, tank suit", "crane", "Crane, hoist")
RUNS = ("a", "b", "a-b", "b-c", "c")


@pytest.mark.parametrize(
    ("labels", "text", "index"),
    [
        (PETS, "Egyptian cat", 1),
        (PETS, "  egyptian   CAT ", 1),
        (PETS, "tabby, tabby cat", 0),
        (PETS, "tabby cat", 0),
        (PETS, "DOMESTIC dog", 2),
        (PETS, "0", 0),
        (PETS, "5", 5),
        (PETS, "class 5", 5),
        (PETS, "Class 05", 5),
        # Its two sides are classes as well.
        (PETS, "T-shirt", 3),
        (PETS, "t-SHIRT", 3),
        (DIGITS, "7", 7),
        (STARS, "5", 4),  # no class has this number
        (STARS, "0", 0),  # and none this label
        (STARS, "class 1", 1),
        (("class 1", "class 2"), "class 1", 0),
        (("class 1", "class 2"), "1", 1),
        (AGES, "3-9", 1),
        (PLANES, "737-200", 2),
        (PLANES, "A320", 3),  # exactly so, and not the other one
        (TWICE, "maillot", 1),  # a whole label before a synonym of another
        (TWICE, "hoist", 4),
        (("a\nb", "x"), "a b", 0),
        (("Straße", "x"), "STRASSE", 0),
        (("7-Eleven", "x"), "7-eleven", 0),
        (("a, , b", "x"), "b", 0),
    ],
)
def test_one_class(labels, text, index):
    assert target_of(text, facts(labels=labels)) == Target(index)


@pytest.mark.parametrize(
    ("labels", "text", "index", "minus"),
    [
        (PETS, "tabby-dog", 0, 2),
        (PETS, "Egyptian cat - 0", 1, 0),
        (PETS, "1-2", 1, 2),
        (PETS, "class 4-class 5", 4, 5),
        (PETS, "T-shirt-T", 3, 4),
        (PETS, "T-T-shirt", 4, 3),
        (PETS, "shirt-T-shirt", 5, 3),
        (DIGITS, "7-1", 7, 1),
        (AGES, "0-2-3-9", 0, 1),
        (AGES, "more than 70-0-2", 4, 0),
        (AGES, "20-29-4", 3, 4),
        (PLANES, "707-320-737-200", 0, 2),
        (RUNS, "a-c", 0, 4),
    ],
)
def test_a_difference_of_two(labels, text, index, minus):
    model = facts(labels=labels)
    assert target_of(text, model) == Target(index, minus)


@pytest.mark.parametrize(
    ("labels", "given", "target"),
    [
        (PETS, 2, Target(2)),
        (PETS, np.int64(2), Target(2)),
        (PETS, Target(2), Target(2)),
        (PETS, Target(2, 0), Target(2, 0)),
        (PETS, ("dog", 0), Target(2, 0)),
        (PETS, (1, "T-shirt"), Target(1, 3)),
        (STARS, 1, Target(1)),  # a number is a number, whatever labels say
        (AGES, ("0-2", "3-9"), Target(0, 1)),
        (RUNS, ("a", "b-c"), Target(0, 3)),
    ],
)
def test_python_has_numbers_and_pairs(labels, given, target):
    assert target_of(given, facts(labels=labels)) == target


@pytest.mark.parametrize(
    ("labels", "given", "words"),
    [
        (PETS, "dgo", "‘dgo’ is no class of the model, which has 6: near it is ‘dog, "),
        (PETS, "cat", "near it are ‘tabby, tabby cat’, ‘Egyptian cat’$"),
        (PETS, "zebra", "‘zebra’ is no .*: name a label of it, or a number from 0 to"),
        (PETS, "", "‘’ is no class"),
        (PETS, "-", "‘-’ is no class"),
        (PETS, "6", "‘6’ is no class of the model, which has 6, counted from 0"),
        (PETS, "-1", "‘-1’ is no class of the model, which has 6, counted from 0"),
        (PETS, "9" * 5000, "9’ is no class of the model, which has 6, counted from 0"),
        (PETS, "class 6", "‘class 6’ is no class"),
        (PETS, "²", "‘²’ is no class"),
        (PETS, "dog-zebra", "‘zebra’ is no class of the model"),
        (PETS, "zebra-dog", "‘zebra’ is no class of the model"),
        (PETS, "dog-6", "‘6’ is no class of the model, which has 6, counted from 0"),
        (PETS, "zebra-gnu", "‘zebra-gnu’ is no class of the model"),
        (PETS, "dog-", "‘dog-’ is no class of the model, .*: near it is ‘dog,"),
        (PETS, "dog-2", "‘dog, domestic dog’ minus itself is always 0"),
        (PETS, "tabby-Tabby Cat", "‘tabby, tabby cat’ minus itself"),
        (PETS, "x\x1b[31m", r"‘x\\x1b\[31m’ is no class"),
        (PETS, -1, "‘-1’ is no class of the model, which has 6, counted from 0"),
        (PETS, 6, "‘6’ is no class"),
        (PETS, 1.0, "a class is a label or a whole number, and not 1.0"),
        (PETS, [0, 1], "a class is a label or a whole number"),
        (PETS, (0, 1, 2), "a difference is of two classes"),
        (PETS, ("dog", 2), "minus itself"),
        (PETS, ("dog", "T-T"), "‘T-T’ is no class"),  # a pair is split no further
        (PETS, Target(6), "‘6’ is no class"),
        (PETS, Target(0, 6), "‘6’ is no class"),
        (PETS, Target(1, 1), "minus itself"),
        (STARS, "1", "‘1’ may be several classes: write 0 for ‘1’, class 1 for ‘2’"),
        (STARS, "2-5", "‘2’ may be several .*: write class 1 for ‘2’, class 2 for"),
        (("Aa", "aA", "B"), "aa", "‘aa’ may be .* write 0 for ‘Aa’, 1 for ‘aA’"),
        (TWICE, "crane", "write 0 for ‘crane’, 3 for ‘crane’$"),
        (TWICE, "crane-maillot", "‘crane’ may be several classes: write 0 for"),
        (("a, x", "b, x", "c, x", "d, x"), "x", "2 for ‘c, x’, …$"),
        (RUNS, "a-b-c", "‘a-b-c’ can be split in several ways: write 0-3 for ‘a’ minus "
         "‘b-c’, 2-4 for ‘a-b’ minus ‘c’$"),
        (None, "cat", "‘Made up’ has no classes that could be explained"),
        ((), 0, "has no classes that could be explained"),
        (("dog\u202egod", "x"), "dog", r"near it is ‘dog\\u202egod’"),
    ],
)  # fmt: skip
def test_what_is_no_class_is_said_in_a_sentence(labels, given, words):
    model = facts(labels=labels)
    with pytest.raises(ValueError, match=words) as raised:
        target_of(given, model)
    told = str(raised.value)
    assert "\n" not in told
    assert len(told) < 700


@pytest.mark.parametrize(
    ("labels", "text"),
    [(STARS, "1"), (STARS, "3"), (TWICE, "crane"), (RUNS, "a-b-c"), (STARS, "0-1")],
)
def test_what_a_refusal_says_to_write_is_taken(labels, text):
    model = facts(labels=labels)
    with pytest.raises(ValueError, match="write") as raised:
        target_of(text, model)
    written = re.findall(r"(?:write|,) ([^‘]+) for ‘(.*?)’", str(raised.value))
    assert len(written) == 2
    for words, label in written:
        assert labels[target_of(words, model).index] == label


@pytest.mark.parametrize("labels", [PETS, DIGITS, STARS, AGES, PLANES, TWICE, RUNS])
def test_every_class_goes_by_its_number(labels):
    model = facts(labels=labels)
    for number in range(len(labels)):
        assert target_of(f"class {number}", model) == Target(number)
        assert target_of(number, model) == Target(number)


def test_the_numbers_of_a_regression_can_be_explained():
    model = facts(labels=("age", "height"), regression=True)
    assert target_of("Height", model) == Target(1)
    assert target_of("age-height", model) == Target(0, 1)


def test_thousands_of_classes_and_hyphens_are_no_matter():
    labels = tuple(f"genus {i}, common-name-{i}" for i in range(20_000))
    model = facts(labels=labels)
    assert target_of("common-name-19999-common-name-3", model) == Target(19_999, 3)
    with pytest.raises(ValueError, match="is no class"):
        target_of("-".join(["x"] * 400), model)


def test_a_target_is_described_by_numbers_and_labels():
    model = facts(labels=("cat", "dög"))
    assert described(Target(1), model) == {
        "index": 1,
        "label": "dög",
        "minus": None,
        "minus_label": None,
    }
    assert (
        json.loads(json.dumps(described(Target(1, 0), model)))["minus_label"] == "cat"
    )

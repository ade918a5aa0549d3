"""The sentence says what was computed, and no more than that."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.facts import explanation, facts, rolled
from tests.model_factory import make_model
from tests.zoo import ZOO, breed
from vitviewer.answers import Answer, Heads, Layers
from vitviewer.export.snapshot import Snapshot
from vitviewer.maps.naming import class_name, model_name, query_name
from vitviewer.maps.resolve import resolve
from vitviewer.maps.sentence import sentence
from vitviewer.maps.state import ViewState
from vitviewer.maps.words import ORDER, filled, phrases
from vitviewer.methods import registry
from vitviewer.methods.method import Method
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Direction, Fusion, Query, QueryKind, Request, Target

MADE_UP = explanation()
VALUES = MADE_UP.rows.values
ROLLED = rolled(VALUES.mean(axis=1))


def title(answer=MADE_UP.rows, **choices):
    return resolve(MADE_UP, answer, ViewState(**choices)).title


@pytest.fixture
def evidence(monkeypatch):
    """Register a method that explains a class, and is asked about no token."""
    declared = Method(
        name="evidence",
        title="logit budget",
        label="Logit budget",
        question="What did each patch write into the answer?",
        compute=lambda _context, _request: None,
        queries=frozenset(),
        takes_target=True,
        adds=True,
    )
    known = {**registry.list_methods(), "evidence": declared}
    monkeypatch.setattr(registry, "_load", lambda _modules: known)
    return declared


# --- which layers and heads -----------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"layer": 2}, "in layer 3, mean of 4 heads"),
        ({"layer": 0, "fusion": Fusion.HEAD, "head": 3}, "in layer 1, head 4 of 4"),
        (
            {"layer": 0, "first_layer": 2, "fusion": Fusion.MAX},
            "in the mean of layers 1–3, max of 4 heads",
        ),
        ({"layer": 1, "first_layer": 1}, "in layer 2, mean of 4 heads"),
    ],
)
def test_which_layers_and_heads(choices, words):
    assert title(**choices) == f"attention from the class token {words}"


@pytest.mark.parametrize("fusion", [Fusion.MEAN, Fusion.HEAD])
@pytest.mark.parametrize(("layer", "words"), [(1, "layers 1–2"), (0, "layer 1")])
def test_rollout_says_up_to_where(fusion, layer, words):
    said = title(ROLLED, layer=layer, method="rollout", fusion=fusion)
    assert said == f"rollout from the class token in {words}, mean of 4 heads"


@pytest.mark.parametrize(
    ("fusion", "words"),
    [(Fusion.MEAN, "in the mean of 4 heads"), (Fusion.HEAD, "in head 3 of 4")],
)
def test_a_pooling_head_has_no_layer(fusion, words):
    request = Request("attention", Query(QueryKind.POOL))
    answer = Answer(request, VALUES[:1], 8, layers=Layers.NONE)
    said = title(answer, layer=2, fusion=fusion, head=2)
    assert said == f"attention from the pooling head {words}"


def test_what_has_neither_layers_nor_heads_says_nothing_of_them(evidence):
    answer = Answer(Request("evidence"), VALUES[:1], 8, Layers.NONE, Heads.FUSED)
    assert title(answer, method="evidence") == "logit budget"


def test_evidence_is_summed_in_words_too():
    answer = Answer(Request(), VALUES, 8, adds=True)
    words = title(answer, layer=2, first_layer=0)
    assert words.endswith("in the sum of layers 1–3, sum of 4 heads")


# --- whose attention ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "direction", "words"),
    [
        (Query.patch(1, 2), Direction.FROM, "from patch (1, 2)"),
        (Query.patch(5, 7), Direction.TO, "to patch (5, 7)"),
        (Query(), Direction.TO, "to the class token"),
        (Query(QueryKind.TOKEN, 4), Direction.FROM, "from token 4"),
        (Query(QueryKind.SPECIAL, 1), Direction.TO, "to the register 1 token"),
        (Query(QueryKind.SPECIAL, 9), Direction.FROM, "from the special token"),
        (Query(QueryKind.MEAN), Direction.FROM, "from the mean of all patches"),
        (Query(QueryKind.MEAN), Direction.TO, "to the patches on average"),
    ],
)
def test_whose_attention_was_computed_not_what_is_wished(query, direction, words):
    answer = Answer(Request("attention", query, direction), VALUES, 8)
    assert title(answer).startswith(f"attention {words} in layer 1")


@pytest.mark.parametrize(
    ("query", "readout", "noted"),
    [
        (Query(), Query(), True),
        (Query(), Query(QueryKind.MEAN), True),
        (Query(QueryKind.MEAN), Query(QueryKind.MEAN), False),
        (Query(QueryKind.SPECIAL, 1), Query(QueryKind.SPECIAL, 1), True),
        (Query(QueryKind.SPECIAL, 1), Query(QueryKind.MEAN), False),
        (Query.patch(0, 0), Query(QueryKind.MEAN), False),
    ],
)
def test_where_the_answer_is_read_elsewhere_that_is_said(query, readout, noted):
    model = facts(readout=readout, reads="it reads <b>more</b>")
    answer = Answer(Request("attention", query), VALUES, 8)
    said = sentence(model, ViewState(), answer)
    for text in (said.text, said.full, said.title):
        assert text.endswith(" (it reads <b>more</b>)") is noted
    assert bool(said.note) is noted


@pytest.mark.parametrize("name", sorted(ZOO))
def test_every_family_is_asked_in_words(name, tmp_path):
    from vitviewer.models.loading import load

    model = load(str(breed(tmp_path / "model", name)), "cpu").facts
    said = set()
    for query in (*model.queries, Query.patch(1, 0)):
        for direction in Direction:
            state = ViewState(query=query, direction=direction, layer=1)
            words = sentence(model, state)
            chosen = words.part("query")
            assert chosen is not None
            if direction is Direction.FROM:
                assert chosen.choice == query_name(query, model)
            preposition = direction.value
            assert chosen.text.startswith(f"{preposition} ")
            assert re.search(r"in (the )?(layer 2, )?mean of \d+ heads", words.text)
            assert not re.search(r"%|  | ,", words.text)
            said.add(words.text)
    assert len(said) == 2 * (len(model.queries) + 1)
    noted = sentence(model, ViewState(query=model.default_query)).note
    several = model.reads and model.default_query.kind in ("class", "special")
    assert bool(noted) is bool(several)


# --- what is explained ----------------------------------------------------------------


LABELS = (
    "espresso",
    "cup",
    "tench, Tinca tinca",
    "crane",
    "crane",
    "drum, membranophone",
    "drum, barrel",
    "a\nb\N{RIGHT-TO-LEFT OVERRIDE}%1 <b>",
)


@pytest.mark.parametrize(
    ("index", "short", "full"),
    [
        (0, "espresso", "espresso"),
        (2, "tench", "tench, Tinca tinca"),
        (3, "crane (class 3)", "crane (class 3)"),
        (5, "drum, membranophone", "drum, membranophone"),
        (7, r"a b\u202e%1 <b>", r"a b\u202e%1 <b>"),
        (99, "class 99", "class 99"),
    ],
)
def test_classes_are_short_where_that_tells_them_apart(index, short, full):
    assert class_name(index, facts(labels=LABELS)) == (short, full)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target(0), "for espresso"),
        (Target(0, 1), "for espresso rather than cup"),
        (Target(2, 0), "for tench rather than espresso"),
        (Target(7, 0), r"for a b\u202e%1 <b> rather than espresso"),
    ],
)
def test_a_class_is_named_where_one_is_explained(evidence, target, words):
    state = ViewState(method="evidence", target=target, layer=1)
    said = sentence(facts(labels=LABELS), state)
    assert said.title == f"logit budget {words} in layer 2, sum of 4 heads"
    assert said.part("query") is None


def test_no_sentence_names_a_class_that_was_not_explained():
    told = replace(MADE_UP, model=facts(labels=("attention", "layer")))
    state = ViewState(target=Target(1))
    words = resolve(told, told.rows, state).sentence
    assert words.part("target") is None
    assert words.title == "attention from the class token in layer 1, mean of 4 heads"


# --- which model ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "revision", "short"),
    [
        ("google/vit-base-patch16-224", "a" * 40, "vit-base-patch16-224"),
        ("ViT-B/16", None, "ViT-B/16"),
        ("Shapes", None, "Shapes"),
        ("bad\nname\N{RIGHT-TO-LEFT OVERRIDE}", None, r"bad\nname\u202e"),
    ],
)
def test_models_of_the_hub_lose_their_owner(name, revision, short):
    model = facts(name=name, revision=revision)
    assert model_name(model).short == short
    said = sentence(model, ViewState())
    assert said.text.startswith(f"{short} shows attention from the class token")
    assert said.title == "attention from the class token in layer 1, mean of 4 heads"
    whole = name if revision else short
    assert said.full == said.text.replace(short, whole)


def test_without_a_model_there_is_one_part():
    said = sentence(None, ViewState())
    assert [part.name for part in said.parts] == ["model"]
    assert said.title == ""


# --- before there is an answer, and everywhere the same -------------------------------


@pytest.mark.parametrize("query", [Query(), Query.patch(1, 1), Query(QueryKind.MEAN)])
@pytest.mark.parametrize("method", ["attention", "rollout"])
@pytest.mark.parametrize("fusion", Fusion)
def test_what_is_asked_for_is_what_will_be_said(query, method, fusion):
    state = ViewState(method=method, query=query, fusion=fusion, layer=1, head=2)
    expected = sentence(MADE_UP.model, state)
    if method == "rollout":
        used = Fusion.MEAN if fusion is Fusion.HEAD else fusion
        settings = () if used is Fusion.MEAN else (("fusion", used.value),)
        request = Request("rollout", query, settings=settings)
        values, heads = VALUES.mean(axis=1)[:, None], Heads.FUSED
        answer = Answer(request, values, 8, Layers.UP_TO, heads)
    else:
        answer = Answer(Request("attention", query), VALUES, 8)
    assert resolve(MADE_UP, answer, state).sentence == expected


def test_a_pooling_head_is_expected_without_layers():
    query = Query(QueryKind.POOL)
    said = sentence(facts(pools=True), ViewState(query=query, layer=2))
    assert said.title == "attention from the pooling head in the mean of 4 heads"


def test_files_say_the_same_sentence(tmp_path):
    from vitviewer.export import snapshot as module

    shown = resolve(MADE_UP, MADE_UP.rows, ViewState(layer=1))
    picture = from_pixels(np.full((64, 96, 3), 90, np.uint8), "cat.png")
    shot = Snapshot(picture, shown)
    written = []
    page = module.page
    module.page = lambda *given: written.append(given[4]) or page(*given)
    try:
        shot.side_by_side()
    finally:
        module.page = page
    assert written == [shown.sentence.text]
    assert shot.provenance()["map"] == shown.title
    assert shot.provenance()["sentence"] == shown.sentence.full
    assert shown.patch_map.title == shown.title


# --- other languages ------------------------------------------------------------------


GERMAN = {
    "shows %1": "zeigt %1",
    "attention": "Aufmerksamkeit",
    "from the %1": "vom %1",
    "class token": "Klassentoken",
    "in %1": "in %1",
    "layer %1": "Schicht %1",
    "mean of %1 heads": "Mittelwert von %1 Köpfen",
}
#: As in Japanese: the model first, what is done last, postpositions, no spaces.
TURNED = {
    ORDER: "%modelは%where%query%target%method。",
    "shows %1": "%1を示す",
    "from the %1": "%1から",
    "in %1": "%1で",
}


def test_another_language_replaces_templates():
    said = sentence(MADE_UP.model, ViewState(), None, lambda t, _: GERMAN.get(t, t))
    assert said.text == (
        "Made up zeigt Aufmerksamkeit vom Klassentoken in Schicht 1, "
        "Mittelwert von 4 Köpfen"
    )


def test_another_language_orders_parts_and_puts_words_behind():
    said = sentence(MADE_UP.model, ViewState(), None, lambda t, _: TURNED.get(t, t))
    names = [part.name for part in said.parts]
    assert names == ["model", "where", "query", "method"]
    assert said.text == (
        "Made upはlayer 1, mean of 4 headsでclass tokenからattentionを示す。"
    )
    query = said.part("query")
    assert (query.before, query.choice, query.after) == ("", "class token", "から")


def test_a_translator_is_shown_every_phrase(evidence):
    known = set(phrases())
    asked = set()

    def note(phrase, about):
        asked.add((phrase, about))
        return phrase

    model = facts(labels=LABELS)
    for query in (*model.queries, Query(QueryKind.TOKEN, 1), Query.patch(0, 0)):
        for fusion in Fusion:
            for first in (None, 0):
                state = ViewState(query=query, fusion=fusion, layer=1)
                state.first_layer = first
                sentence(model, state, None, note)
    for method in registry.list_methods():
        for target in (Target(3, 1), Target(99)):
            state = ViewState(method=method, target=target, layer=1, first_layer=0)
            sentence(model, state, None, note)
    assert len(asked) > 30
    assert asked <= known


def test_what_is_filled_in_is_not_read():
    assert filled("%1 of %2", "%2", "%1") == "%2 of %1"
    assert filled("%1 %9", "a") == "a %9"


def test_a_model_s_own_name_is_kept_in_the_tooltip(tmp_path):
    from vitviewer.models.loading import load

    folder = make_model(tmp_path / "my%1model", "vit")
    facts_ = load(str(folder), "cpu").facts
    assert sentence(facts_, ViewState()).text.startswith("my%1model shows attention")

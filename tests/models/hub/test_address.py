"""One grammar of names on the hub, for window, command line and Python."""

from __future__ import annotations

import pytest

from vitviewer.models.hub.address import Address, is_address, parse

NAME = "org/a-name_2.0"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("revision", ["main", "v1.0", "refs/pr/1", COMMIT])
@pytest.mark.parametrize(
    "form",
    [
        "{name}@{revision}",
        "https://huggingface.co/{name}/tree/{revision}",
        "https://huggingface.co/{name}/tree/{revision}/",
        "https://huggingface.co/{name}@{revision}",
        "huggingface.co/{name}@{revision}?x",
        "hf.co/{name}/tree/{revision}",
        "HTTPS://WWW.HuggingFace.co/{name}/tree/{revision}/?x=y#z",
        "https://hf.co/{name}/tree/{revision}?library=timm",
        " http://hf.co/{name}/tree/{revision}#usage ",
    ],
)
def test_a_revision_is_read(form, revision):
    text = form.format(name=NAME, revision=revision)
    assert parse(text) == Address(NAME, revision)
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            NAME,
            f" {NAME}\n",
            f"https://huggingface.co/{NAME}",
            f"http://hf.co/{NAME}/",
        ),
        *(f"hf.co/{NAME}", f"HuggingFace.co/{NAME}/", f"www.hf.co/{NAME}?x"),
        *(f"https://hf.co/{NAME}?x=y", f"https://hf.co/{NAME}/#usage"),
    ],
)
def test_no_revision_is_none(text):
    assert parse(text) == Address(NAME)


@pytest.mark.parametrize(
    "text",
    [
        *("vit", "", "/org/vit", "org/vit/x", "org/vit@", "../vit", "org/a--b", "o/ü"),
        *("org/vit@../../x", "org/vit@a//b", "https://example.org/org/vit", "org/.vit"),
        *("org/v\x00it", "org/vit-", "-org/vit", "org/vit.git", "o/" + "x" * 95),
        *("https://hf.co/org/vit@", "hf.co.example.org/org/vit"),
        *("./org/vit", "~/vit", "C:\\org", "org/vit @v1", "https://hf.co/org"),
    ],
)
def test_what_is_no_name(text):
    assert parse(text) is None
    assert not is_address(text)


def test_names_as_long_as_the_hub_allows():
    assert parse("o/" + "x" * 94) is not None


def test_other_pages_of_a_model_are_addresses_without_a_model():
    page = "https://huggingface.co/org/vit/blob/main/config.json"
    assert is_address(page)
    assert parse(page) is None


@pytest.mark.parametrize("name", ["a/b", "a-b/c_d", "_a/b.c", "a/-b", "a/b--c", "a/.b"])
def test_the_hub_s_own_library_agrees(name):
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        assert parse(name) is None
    else:
        assert parse(name) == Address(name)

"""Evenings scripted as text, in every form, compared with kept files; `--update` writes those anew."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from chatbot.core.pages import transcript
from chatbot.core.pages.shown import Transcript
from chatbot.core.privacy.words import Words
from chatbot.core.value import replace
from chatbot.render.formats import WRITERS
from tests.replays.script import read

HERE = Path(__file__).parent
SCRIPTS = sorted(HERE.glob("*.chat"))


def build(script: Path) -> Transcript:
    return transcript.build(read(script.read_text("utf-8")))


@pytest.mark.parametrize("form", sorted(WRITERS))
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_scripted_evening_comes_out_as_kept(script: Path, form: str, request: pytest.FixtureRequest) -> None:
    made = without_style(WRITERS[form](build(script)))
    kept = script.with_suffix(f".{form}")
    if request.config.getoption("--update"):
        kept.write_bytes(made)

    assert kept.read_bytes() == made


@pytest.mark.parametrize("form", sorted(WRITERS))
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_same_facts_give_the_same_bytes_in_whatever_order_they_are_stored(script: Path, form: str) -> None:
    record = read(script.read_text("utf-8"))
    turned = replace(record, words=Words(dict(reversed(record.words.said.items()))), empty=record.empty[::-1])

    assert WRITERS[form](transcript.build(record)) == WRITERS[form](transcript.build(turned))


class Elements(HTMLParser):
    """Collects every element with its attributes, as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(page: bytes) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(page.decode())
    return parser.found


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_nothing_that_anybody_wrote_becomes_an_element_or_an_attribute(script: Path) -> None:
    found = elements(WRITERS["html"](build(script)))

    assert not {tag for tag, _ in found} & {"script", "iframe", "svg", "object", "embed", "form", "link", "base"}
    assert not [name for _, attributes in found for name in attributes if name.startswith("on")]
    assert not [a for _, a in found if (a.get("href") or "").lower().startswith(("javascript:", "data:"))]
    assert not [attributes for tag, attributes in found if tag == "img" and "://" in (attributes.get("src") or "")]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_link_within_a_page_leads_somewhere(script: Path) -> None:
    found = elements(WRITERS["html"](build(script)))
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]

    assert len(set(ids)) == len(ids)
    assert not {a["href"][1:] for _, a in found if (a.get("href") or "").startswith("#")} - set(ids)  # type: ignore[index]


def test_a_page_asks_nobody_for_anything_but_its_own_pictures() -> None:
    found = elements(WRITERS["html"](build(HERE / "garden.chat")))
    policy = next(a["content"] for _, a in found if a.get("http-equiv") == "Content-Security-Policy") or ""

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not [
        a for tag, a in found if tag in ("img", "link", "script") and "//" in str(a.get("src") or a.get("href"))
    ]


NORA = (b"nora@c.test", b"@nora", b"/users/nora", b"Nora Quiet", b"I tried that and it worked", b"good pair of boots")


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_of_a_person_who_refuses_nothing_is_in_any_form(form: str) -> None:
    made = WRITERS[form](build(HERE / "garden.chat"))

    assert not [trace for trace in NORA if trace in made]


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_where_initials_stand_for_names_no_account_name_or_address_tells_them(form: str) -> None:
    made = WRITERS[form](build(HERE / "initials.chat")).lower()

    assert not [
        trace for trace in (b"ana@", b"@ana", b"ben@", b"okafor", b"lopes", b"nora", b"stranger") if trace in made
    ]


def test_markdown_lets_nobody_forge_a_heading_a_link_or_a_picture() -> None:
    made = WRITERS["md"](build(HERE / "hostile.chat")).decode()

    assert re.findall(r"(?<!\\)\]\(javascript", made) == []
    assert [line for line in made.splitlines() if re.match(r"[> ]*#+ .*a heading of my own", line)] == []
    assert re.findall(r"!(?<!\\)\[", made) == []
    assert "<script" not in re.sub(r"\\<", "", made)


def without_style(made: bytes) -> bytes:
    """Leave the style sheet and its hash out of what is kept: it is looked at, not compared."""
    made = re.sub(rb"<style>.*?</style>", b"<style></style>", made, flags=re.DOTALL)
    return re.sub(rb"sha256-[\w+/=]+", b"sha256-", made)

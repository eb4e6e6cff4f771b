"""People who said no are named nowhere: not by mention, link, quote of their address, or plain text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.model import Link, Media, Mention, Poll, Post, Span, Visibility
from chatbot.core.privacy import pointers, redaction
from tests.fakes import person
from tests.people import STARTS

NORA = person("@nora@c.test")
NAMES = redaction.names_of([NORA])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("thanks @nora@c.test!", "thanks [someone]!"),
        ("thanks @nora!", "thanks [someone]!"),
        ("thanks @NORA@C.test.", "thanks [someone]."),
        ("write to nora@c.test", "write to [someone]"),
        ("see https://c.test/@nora/12 there", "see [someone] there"),
        ("see https://c.test/users/nora/statuses/12", "see [someone]"),
        ("see http://c.test/@nora", "see [someone]"),
        ("see https://a.test/@nora@c.test/99 there", "see [someone] there"),
        ("(@nora)", "([someone])"),
        ("via .@nora@c.test", "via .[someone]"),
        ("...nora@c.test", "...[someone]"),
        ("photo-@nora@c.test, and/@nora", "photo-[someone], and/[someone]"),
        ("@@nora@c.test _@nora@c.test_", "@[someone] [someone]"),
        ("x@nora@c.test", "[someone]"),
        ("@nora@c\uff0etest", "[someone]"),
        ("@nora@www.c.test", "[someone]"),
        ("https://c.test:443/@nora http://C.test:80/users/nora", "[someone] [someone]"),
        ("https://www.c.test/@nora/12", "[someone]"),
        ("web+ap://c.test/@nora", "web+ap://[someone]"),
        ("https://c.test:8443/@nora", "https://c.test:8443/@nora"),
        ("y.nora@c.test and y-nora@c.test", "y.nora@c.test and y-nora@c.test"),
        ("@nora@c.test @ben@b.test", "[someone] @ben@b.test"),
        ("@noraline and @nora-b and @nora@d.test", "@noraline and @nora-b and @nora@d.test"),
        ("nora is a name", "nora is a name"),
        ("x@nora.test", "x@nora.test"),
        ("https://c.test/@norah", "https://c.test/@norah"),
        ("", ""),
    ],
)
def test_plain_text(before: str, after: str) -> None:
    assert after == redaction.redact_text(before, NAMES)


@pytest.mark.parametrize(
    "span",
    [
        Span("mention", "@nora@c.test", "https://c.test/@nora"),
        Span("mention", "@nora", "https://c.test/@nora"),
        Span("mention", "@Nora@C.test", None),
        Span("link", "c.test/@nora/12", "https://c.test/@nora/12"),
        Span("link", "c.test/users/nora/s…", "https://C.test/users/nora/statuses/12?x=1"),
        Span("link", "a.test/@nora@c.test/12", "https://a.test/@nora@c.test/12"),
        Span("link", "https://c.test/@nora", "https://short.test/x"),
    ],
)
def test_spans_that_name_somebody_become_text(span: Span) -> None:
    spans = (Span("text", "Ask "), span, Span("text", " about bees"))

    assert (Span("text", "Ask [someone] about bees"),) == redaction.redact_spans(spans, NAMES)


def test_every_field_of_a_post() -> None:
    post = Post(
        uri="https://b.test/1",
        url="https://b.test/1",
        at=STARTS,
        author=person("@ben@b.test", name="Ben, gardens with @nora@c.test"),
        spans=(Span("text", "as @nora says"), Span("mention", "@ana@b.test", "https://b.test/@ana")),
        visibility=Visibility.PUBLIC,
        server="a.test",
        local_id="1",
        warning="about @nora@c.test",
        media=(Media("image", "https://b.test/1.png", "@nora in her garden"), Media("image", "https://b.test/2.png")),
        poll=Poll((("@nora", 1), ("bees", 2))),
        links=(
            Link("https://c.test/@nora/1", "Nora"),
            Link("https://x.test", "by @nora@c.test"),
            Link("https://y.test"),
        ),
        mentions=(Mention("Nora@c.test", "https://c.test/@nora"), Mention("ana@b.test", "https://b.test/@ana")),
    )

    unnamed = redaction.redact(post, NAMES)

    assert "nora" not in repr(unnamed).lower()
    assert tuple(mention.handle for mention in unnamed.mentions) == ("ana@b.test",)
    assert len(unnamed.links) == 2


def test_a_post_that_names_nobody_stays_the_same_value() -> None:
    spans = (Span("text", "bees"), Span("text", " and peas"))

    assert spans == redaction.redact_spans(spans, NAMES)


def test_of_an_address_alone_the_account_is_known_where_it_can_be() -> None:
    assert redaction.redact_text("@nora@c.test x", redaction.names_of_uri("https://c.test/users/nora")) == "[someone] x"
    numeric = redaction.names_of_uri("https://c.test/ap/users/115")
    assert redaction.redact_text("https://c.test/ap/users/115/statuses/9", numeric) == "[someone]"


@pytest.mark.parametrize("known", ["b\u00fccher.test", "xn--bcher-kva.test", "WWW.B\u00dcCHER.test"])
@pytest.mark.parametrize(
    "written",
    ["@nora@b\u00fccher.test", "@nora@xn--bcher-kva.test", "https://XN--BCHER-kva.test:443/@nora"],
)
def test_a_host_with_foreign_letters_is_one_host_however_it_is_written(known: str, written: str) -> None:
    by_account = redaction.names_of([person(f"@nora@{known}", uri="https://x.test/1", url="https://x.test/1")])

    assert redaction.redact_text(f"with {written}!", by_account) == "with [someone]!"
    assert redaction.redact_text(f"with {written}!", redaction.names_of_uri(f"https://{known}/users/nora")) == (
        "with [someone]!"
    )


_GROWN_TOGETHER = st.text(alphabet=".-/@_,(\u201c: x", max_size=4)


@given(
    before=_GROWN_TOGETHER,
    after=st.text(alphabet=".,!)-\u201d ", max_size=3),
    host=st.sampled_from(["c.test", "www.c.test"]),
)
def test_a_full_account_is_found_whatever_signs_it_has_grown_together_with(before: str, after: str, host: str) -> None:
    text = f"{before}@nora@{host}{after}"

    assert "nora" not in redaction.redact_text(text, NAMES)


@given(st.lists(st.text(alphabet="ab1\u00fc\u00f1\u044f\u0436\u6f22", min_size=1, max_size=6), min_size=1, max_size=3))
def test_every_way_to_write_a_host_has_one_plain_form(labels: list[str]) -> None:
    host = ".".join([*labels, "test"])
    encoded = [label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels]
    wire = ".".join([*encoded, "test"])

    ways = {
        f"Nora@{before}{way}{after}" for way in (host, wire) for before in ("", "www.") for after in ("", ":443", ".")
    }

    assert {f"nora@{host}"} == {pointers.plain_account(form) for way in ways for form in (way, way.upper())}


@given(before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_full_account_is_found_between_any_other_words(before: str, after: str) -> None:
    text = f"{before} @nora@c.test {after}"

    assert "@nora@c.test " not in redaction.redact_text(text, NAMES)
    assert any(trace in text for trace in NAMES.traces)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "@a",
        "a@",
        "@a.",
        "http://",
        "a-",
        "a--",
        "a/",
        "a.a/",
        "@a@b",
        "a@b",
        ".@",
        "-a@",
        "..",
        "-@",
        "https://c.test/@nora/",
    ],
)
def test_whatever_a_text_holds_the_time_is_linear(piece: str) -> None:
    began = time.process_time()

    redaction.redact_text(piece * 40_000 + " @ .", NAMES)

    assert time.process_time() - began < 2

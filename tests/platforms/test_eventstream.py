"""Bytes of an event stream: the same events however they are cut, and no bytes that are fatal."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatbot.platforms.mastodon.eventstream import LONGEST, EventStream, Named, event_in

RAW = """\ufeff:)
event: update
data: {"content":"A1 maçã 🌱"}

:thump
event: status.update
data: {"id":"5",
data: "content":"A1 leeks"}
id: 7
retry: 10

event:delete
data:115001234567890123

data: without a name

event: without_data

event
data

half: a field
event: delete
data: 7
""".encode()
TOLD = [
    Named(b"update", '{"content":"A1 maçã 🌱"}'.encode()),
    Named(b"status.update", b'{"id":"5",\n"content":"A1 leeks"}'),
    Named(b"delete", b"115001234567890123"),
    Named(b"without_data", b""),
]


def read(chunks: Iterable[bytes]) -> list[Named]:
    stream = EventStream()
    return [named for chunk in chunks for named in stream.feed(chunk)]


def cut(raw: bytes, places: Iterable[int]) -> list[bytes]:
    ends = [0, *sorted(places), len(raw)]
    return [raw[start:end] for start, end in itertools.pairwise(ends)]


def test_events_are_read_as_the_specification_says() -> None:
    assert read([RAW]) == TOLD


@given(st.lists(st.integers(0, len(RAW) + 60), max_size=40), st.sampled_from([b"\n", b"\r\n", b"\r"]))
@example(list(range(600)), b"\r\n")
def test_neither_the_cutting_nor_the_ends_of_lines_matter(places: list[int], end: bytes) -> None:
    assert read(cut(RAW.replace(b"\n", end), places)) == TOLD


LINES = st.sampled_from(
    [b"event: update", b"event:delete", b"data: {}", b"data", b":thump", b"", b"", b"x" * 50, b"\xef\xbb\xbf", b"\xff"]
)


@given(st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\r"]))), st.data())
def test_any_cutting_of_any_bytes_gives_the_same_events(lines: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    raw = b"".join(line + end for line, end in lines)
    places = data.draw(st.lists(st.integers(0, len(raw)), max_size=20))

    assert read(cut(raw, places)) == read([raw])


@given(st.lists(st.binary(max_size=60)))
def test_no_bytes_are_fatal(chunks: list[bytes]) -> None:
    read(chunks)


def test_an_event_that_was_not_finished_is_none() -> None:
    assert read([b"event: delete\ndata: 7\n"]) == []
    assert read([b"event: delete\ndata: 7"]) == []


@pytest.mark.parametrize("size", [1_000_000, LONGEST - 10])
def test_a_large_event_is_read_whole(size: int) -> None:
    raw = b"event: update\ndata: " + b"x" * size + b"\n\n"

    assert read(cut(raw, range(0, len(raw), 65536))) == [Named(b"update", b"x" * size)]


@pytest.mark.parametrize("lines", [1, 3])
@pytest.mark.parametrize("piece", [65536, 10**9])
def test_what_is_too_large_is_passed_over_whole(lines: int, piece: int) -> None:
    line = b"data: " + b"event: delete " * (LONGEST // 14 // lines + 10) + b"\n"
    raw = b"event: update\n" + line * lines + b"\nevent: delete\ndata: 7\n\n"

    assert read(cut(raw, range(0, len(raw), piece))) == [Named(b"delete", b"7")]


def test_a_line_without_end_is_not_kept() -> None:
    stream = EventStream()
    for _ in range(3 * LONGEST // 65536):
        assert list(stream.feed(b"x" * 65536)) == []

    assert sum(map(len, stream._line)) <= LONGEST


FRAME = {"stream": ["hashtag", "gardenchat"], "event": "update", "payload": '{"id":"5"}'}


def test_a_frame_is_an_event() -> None:
    assert event_in(json.dumps(FRAME).encode()) == Named(b"update", b'{"id":"5"}')


def test_a_payload_may_be_an_object_a_number_or_missing() -> None:
    assert event_in(b'{"event":"pleroma:respond","payload":{"result":"success"}}') == Named(
        b"pleroma:respond", b'{"result":"success"}'
    )
    assert event_in(b'{"event":"delete","payload":7}') == Named(b"delete", b"7")
    assert event_in(b'{"event":"filters_changed"}') == Named(b"filters_changed", b"null")


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"[]",
        b"7",
        b'{"error":"no","status":401}',
        b'{"event":7}',
        b'{"event":null,"payload":1}',
        b"\xff",
        b'{"event":"update","payload":"half',
        b'{"event":"x","payload":' + b"[" * 500 + b"]" * 500 + b"}",
    ],
)
def test_other_frames_are_passed_over(frame: bytes) -> None:
    assert event_in(frame) is None


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_no_frame_is_fatal(frame: bytes | str) -> None:
    event_in(frame)
    event_in(json.dumps({**FRAME, "payload": repr(frame)}))

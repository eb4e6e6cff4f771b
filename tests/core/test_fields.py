"""Single values that people type: addresses of people."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chatbot.core.files import fields


def reads(kind: Any, text: str) -> str | None:
    try:
        return str(TypeAdapter(kind).validate_python(text))
    except ValidationError:
        return None


@pytest.mark.parametrize("server", ["b.test", "localhost", "localhost:3990", "127.0.0.1:3990", "chá.example", "b"])
def test_an_account_may_be_on_any_host(server: str) -> None:
    assert reads(fields.Account, f"@rita@{server}") == f"rita@{server}"


@pytest.mark.parametrize(
    "typed", ["rita", "@rita", "rita@", "@b.test", "rita@b..test", "rita@b.test:", "a@b@c", "r@.b"]
)
def test_what_names_no_account_is_refused(typed: str) -> None:
    assert reads(fields.Account, typed) is None


@pytest.mark.parametrize(
    "typed", ["@rita@b.test", "rita+chat@b.test", "rita@localhost:3990", "https://b.test/contact", "http://10.0.0.2/"]
)
def test_people_are_reached_by_account_letter_or_page(typed: str) -> None:
    assert reads(fields.Reach, f" {typed} ") == typed


@pytest.mark.parametrize("typed", ["", "rita", "2026-11-22", "@rita", "rita at b.test", "a@b\nc@d", "https://"])
def test_what_reaches_nobody_is_refused(typed: str) -> None:
    assert reads(fields.Reach, typed) is None

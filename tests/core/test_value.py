"""Values that C builds: as frozen, equal and replaceable as a dataclass."""

from __future__ import annotations

import copy
import pickle

import pytest

from chatbot.core.model import Author, Link, Media, Mention, Span
from chatbot.core.value import replace

ANA = Author("https://a.test/users/ana", "ana@a.test", "Ana", "https://a.test/@ana")


def test_a_value_is_not_changed_but_replaced() -> None:
    renamed = replace(ANA, name="Ana G.")

    assert ("Ana", "Ana G.", ANA.uri) == (ANA.name, renamed.name, renamed.uri)
    with pytest.raises(AttributeError):
        ANA.name = "Eve"  # type: ignore[misc]
    with pytest.raises(TypeError):
        replace(ANA, age=7)  # type: ignore[call-arg]


def test_equal_values_are_one_in_a_set_and_differ_from_others_of_the_same_shape() -> None:
    assert 1 == len({Span("text", "leeks"), Span("text", "leeks", None)})
    assert 2 == len({Link("https://a.test", "leeks"), Mention("https://a.test", "leeks")})


def test_a_value_is_copied_and_shown_like_a_dataclass() -> None:
    media = Media("image", "https://a.test/1.png", "Leeks")

    assert media == copy.deepcopy(media) == pickle.loads(pickle.dumps(media))
    assert "Media(kind='image', url='https://a.test/1.png', alt='Leeks'" in repr(media)

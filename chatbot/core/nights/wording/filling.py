"""Fills the template of a post or a part of one: the community's own words if it has any, else the usual ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chatbot.core.errors import Mistake, Mistakes
from chatbot.core.model import CueKind
from chatbot.core.nights.wording import defaults, template
from chatbot.core.nights.wording.defaults import Named, Part
from chatbot.core.plan import Chat


def filled(kind: Named, chat: Chat, given: Mapping[str, str]) -> str:
    """Return the words; raise `Mistakes` when the community's template cannot be used."""
    source = dict(chat.settings.wording).get(kind.value)
    if source is None:
        return template.render(defaults.TEMPLATES[kind], given)
    if mistakes := template_mistakes([(kind.value, source)], chat.id):
        raise Mistakes(mistakes)
    try:
        return template.render(source, given)
    except template.WordingError as error:
        raise Mistakes([Mistake(chat.id, None, f"the wording of {kind}: {error}")]) from error


def named(kind: Named, chat: Chat) -> frozenset[str]:
    """Return the values that posts of this kind tell, in the community's words or the usual ones."""
    return template.named(dict(chat.settings.wording).get(kind.value) or defaults.TEMPLATES[kind])


def template_mistakes(wording: Sequence[tuple[str, str]], file: str = "wording") -> tuple[Mistake, ...]:
    """Return everything that is wrong with a community's own templates, (kind, template) each."""
    return tuple(mistake for kind, source in wording for mistake in _mistakes(kind, source, file))


def _mistakes(name: str, source: str, file: str) -> Iterator[Mistake]:
    kind = defaults.kind_named(name)
    if kind is None:
        known = ", ".join((*CueKind, *Part))
        yield Mistake(file, None, f'there is no post called "{name}" to word', f"known: {known}")
        return
    try:
        template.check(source, defaults.names(kind), defaults.REQUIRED.get(kind, ()))
    except template.WordingError as error:
        yield Mistake(file, None, f"the wording of {name}: {error}", "correct it, or leave it out for the usual words")

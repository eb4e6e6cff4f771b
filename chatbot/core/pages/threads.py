"""Puts answers under their questions and talk under what it replies to, so that a thread holds where one is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from chatbot.core.model import EmptyNode, Placement
from chatbot.core.pages.sifting import Sifted


@dataclass(slots=True)
class Forest:
    """What stands below what: answers and talk by question, talk by post, and what stands nowhere.

    `hanging` are answers, with their question, that stand below the answer they reply to.
    """

    answers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    hanging: set[tuple[str, str]] = field(default_factory=set)
    below_question: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    below: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    alone: list[str] = field(default_factory=list)


class Planter:
    """Plants a forest from the fates of posts; one that is not shown is planted where something hangs below it."""

    def __init__(
        self,
        sifted: Mapping[str, Sifted],
        empty: Iterable[EmptyNode],
        question_of: Mapping[str, str],
        question_ids: Iterable[str],
    ) -> None:
        self._sifted = sifted
        self._parents = {node.uri: node.parent_uri for node in empty}
        self._question_of = question_of  # uri of a question's post -> question id
        self._known = frozenset(question_ids)
        self._planted: set[str] = set()
        self._missing: list[str] = []  # that are still to be planted: a thread may be thousands deep
        self._forest = Forest()

    def plant(self) -> Forest:
        """Return the forest; every shown post stands in it exactly once, answers to several questions under each."""
        for uri, item in self._sifted.items():
            if item.fate == "shown":
                self._place(uri, item.placement)
                while self._missing:
                    self._place_missing(self._missing.pop())
        self._save_what_turns_in_circles()
        return self._forest

    def _place(self, uri: str, placement: Placement) -> None:
        if uri in self._planted:
            return
        self._planted.add(uri)
        to = [question for question in placement.answers if question in self._known]
        if placement.continues is not None and self._is_shown(placement.continues):
            self._forest.parts[placement.continues].append(uri)
        elif placement.role == "answer" and to and self._is_shown(uri):
            self._answer(uri, tuple(dict.fromkeys(to)), placement.under)
        elif placement.under is not None:
            self._hang(uri, placement.under)
        elif to:
            self._forest.below_question[to[0]].append(uri)
        else:
            self._forest.alone.append(uri)

    def _answer(self, uri: str, to: Iterable[str], under: str | None) -> None:
        """Put an answer under its questions; in reply to an answer to the same one it hangs below that."""
        parent = self._sifted[under].placement if under is not None and self._is_shown(under) else None
        same = frozenset(parent.answers if parent is not None and parent.role == "answer" else ()).intersection(to)
        for question in to:
            self._forest.answers[question].append(uri)
        if under is not None and same:
            self._forest.hanging.update((uri, question) for question in same)
            self._forest.below[under].append(uri)

    def _hang(self, uri: str, under: str) -> None:
        """Hang a post below another; a missing one is planted too, so that its place shows."""
        if under in self._question_of:
            self._forest.below_question[self._question_of[under]].append(uri)
        elif self._is_shown(under):
            self._forest.below[under].append(uri)
        elif self._has_place(under):
            self._forest.below[under].append(uri)
            self._missing.append(under)
        else:
            self._forest.alone.append(uri)

    def _is_shown(self, uri: str) -> bool:
        return uri in self._sifted and self._sifted[uri].fate == "shown"

    def _has_place(self, uri: str) -> bool:
        return uri in self._parents or (uri in self._sifted and self._sifted[uri].fate != "own")

    def _place_missing(self, uri: str) -> None:
        if uri in self._planted:
            return
        if uri in self._sifted:
            self._place(uri, self._sifted[uri].placement)
            return
        self._planted.add(uri)
        parent = self._parents[uri]
        if parent is None:
            self._forest.alone.append(uri)
        else:
            self._hang(uri, parent)

    def _save_what_turns_in_circles(self) -> None:
        """Stand posts alone that reach no question and no end, as only made-up parents can."""
        forest = self._forest
        hang = {uri for uri, _ in forest.hanging}
        answers = {uri for group in forest.answers.values() for uri in group}
        roots = [*forest.alone, *sorted(answers - hang)]
        roots += [uri for group in forest.below_question.values() for uri in group]
        reached = set(walk(roots, forest))
        stranded = [uri for uri, item in self._sifted.items() if item.fate == "shown" and uri not in reached]
        for uri in stranded:
            forest.below.pop(uri, None)
            forest.parts.pop(uri, None)
        forest.hanging = {(uri, question) for uri, question in forest.hanging if uri not in stranded}
        forest.alone += [uri for uri in stranded if uri not in answers]


def walk(uris: Iterable[str], forest: Forest) -> Iterator[str]:
    """Yield posts and everything below them, each once, without ever going deep."""
    waiting, seen = list(uris), set[str]()
    while waiting:
        uri = waiting.pop()
        if uri in seen:
            continue
        seen.add(uri)
        yield uri
        waiting += forest.below.get(uri, ())
        waiting += forest.parts.get(uri, ())


def parts_of(uri: str, forest: Forest) -> list[str]:
    """Return the further parts of a post in their order: 2/3, which continues 1/3, and 3/3, which continues 2/3."""
    found: list[str] = []
    waiting, seen = [uri], {uri}
    while waiting:
        further = [part for part in forest.parts.get(waiting.pop(0), ()) if part not in seen]
        seen.update(further)
        found += further
        waiting += further
    return found

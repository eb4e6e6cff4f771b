"""The English words of every post, as templates; a community overrides any of them by its kind.

A template names values (`{{ theme }}`) and chooses (`{% if guests %}…{% endif %}`), nothing else: see `template`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chatbot.core.model import CueKind


class Part(StrEnum):
    """Sentences that stand in several posts, and may be worded like one."""

    NOTICE = "notice"
    NOTICE_SHORT = "notice-short"
    HOW_TO = "how-to"  # of a question
    HOW_TO_SHORT = "how-to-short"
    ASKED_AGAIN = "asked-again"  # in place of the notice, when a question is asked once more


Named = CueKind | Part

TEMPLATES: Mapping[Named, str] = {
    CueKind.ANNOUNCEMENT: """\
{{ series }}{% if theme %}: {{ theme }}{% endif %}

{{ date }}, {{ time }} {{ zone }}{% if utc %} ({{ utc }} UTC){% endif %}, for {{ span }}.\
{% if guests %} With {{ guests }}.{% endif %} Everyone is welcome: read along, or answer what you like.

{{ framing }}

{{ reading }}

{{ hashtags }}""",
    CueKind.REMINDER: """\
{{ series }} starts at {{ time }} {{ zone }}{% if utc %} ({{ utc }} UTC){% endif %}\
{% if theme %}: {{ theme }}{% endif %}

{{ question_count }} in {{ span }}{% if guests %}, with {{ guests }}{% endif %}. See you there!

{{ hashtags }}""",
    CueKind.WELCOME: """\
Welcome to {{ series }}{% if theme %}: {{ theme }}{% endif %}

{% if hosts %}Hosted by {{ hosts }}{% if guests %}, with {{ guests }}{% endif %}. {% endif %}\
Say hello while we wait for the first question.

{{ notice }}

{{ how_to }}""",
    CueKind.SO_FAR: """\
{% if asked %}{{ series }} so far:

{{ asked }}{% else %}\
Joining late? Every question of {{ series }} will be linked here as it goes out.{% endif %}""",
    CueKind.HEADS_UP: "{% if label %}{{ label }}{% else %}The next question{% endif %} is just around the corner.",
    CueKind.QUESTION: """\
{% if label == "Wrap-up" %}Wrap-up:{% else %}{{ label }}{% endif %} {{ text }}

{{ notice }}

{{ how_to }}""",
    CueKind.LAST_CALL: """\
Last call for {{ series }}: we close soon. Anything you have not said yet? Answers are welcome afterwards too.""",
    CueKind.THANKS: """\
Thank you all for {{ series }}{% if theme %}: {{ theme }}{% endif %}

Late answers are welcome until {{ late_date }}: reply to the question\
{% if numbered %}, or give its number and the hashtag{% endif %}.

{{ notice }}

{{ hashtags }}""",
    CueKind.DIGEST: """\
{{ series }}{% if theme %}: {{ theme }}{% endif %}

What was said is now in one place: a summary first, then the answers, question by question.

{{ url }}

{{ hashtags }}""",
    CueKind.CORRECTION: """\
{% if text %}Correction to {% if label == "Wrap-up" %}the wrap-up{% else %}{{ label or "the question" }}{% endif %}: \
{{ text }}

{{ how_to }}{% else %}\
{{ series }}{% if theme %}: {{ theme }}{% endif %}

{{ changes }}

{{ hashtags }}{% endif %}""",
    Part.NOTICE: """\
{{ operator }} runs this. Public answers are kept in our open archive, {{ names }}, \
{% if word == "start" %}only if you reply “start”, and {% endif %}until you write “forget me”. \
No AI is trained or fed with them. To stay out{% if word == "start" %} again{% endif %}, reply “stop”.""",
    Part.NOTICE_SHORT: """\
{% if word == "start" %}{{ operator }} archives only answers of people who reply “start”, {{ names }}, \
until they write “forget me”; no AI is fed. “stop” ends it.{% else %}\
{{ operator }} archives public answers {{ names }} until you write “forget me”; no AI is fed. \
To stay out: “stop”.{% endif %}""",
    Part.HOW_TO: "Answer {% if answer %}with {{ answer }} and{% else %}by replying, with{% endif %} {{ hashtag }}",
    Part.HOW_TO_SHORT: "{{ answer }} {{ hashtag }}",
    Part.ASKED_AGAIN: "Asked again for everybody who came later; the first time was here: {{ url }}",
}

# Values that every template may name.
COMMON = frozenset(
    {
        "series", "theme", "framing", "reading", "hosts", "guests", "operator", "hashtag", "hashtags", "numbered",
        "date", "iso_date", "time", "end_time", "zone", "utc", "span", "question_count", "late_date",
        "notice", "how_to",
    }
)  # fmt: skip
# Values that only some may.
ESPECIALLY: Mapping[Named, frozenset[str]] = {
    CueKind.QUESTION: frozenset({"label", "answer", "text"}),
    CueKind.HEADS_UP: frozenset({"label", "answer"}),
    CueKind.SO_FAR: frozenset({"asked"}),
    CueKind.DIGEST: frozenset({"url"}),
    CueKind.CORRECTION: frozenset({"label", "answer", "text", "changes"}),
    Part.ASKED_AGAIN: frozenset({"url", "label"}),
    Part.NOTICE: frozenset({"word", "names"}),
    Part.NOTICE_SHORT: frozenset({"word", "names"}),
    Part.HOW_TO: frozenset({"label", "answer"}),
    Part.HOW_TO_SHORT: frozenset({"label", "answer"}),
}
# Values without which a post would break a promise: how to answer, the notice, where to read.
REQUIRED: Mapping[Named, frozenset[str]] = {
    CueKind.WELCOME: frozenset({"notice"}),
    CueKind.QUESTION: frozenset({"text", "notice", "how_to"}),
    CueKind.THANKS: frozenset({"notice"}),
    CueKind.SO_FAR: frozenset({"asked"}),
    CueKind.DIGEST: frozenset({"url"}),
    CueKind.CORRECTION: frozenset({"text", "changes"}),
    Part.ASKED_AGAIN: frozenset({"url"}),
    Part.NOTICE: frozenset({"operator", "word"}),
    Part.NOTICE_SHORT: frozenset({"operator", "word"}),
    Part.HOW_TO: frozenset({"hashtag"}),
    Part.HOW_TO_SHORT: frozenset({"hashtag"}),
}
# Quiet replies stand in no hashtag timeline; every other post ends with the hashtag, whatever its template says.
QUIET = frozenset({CueKind.SO_FAR, CueKind.HEADS_UP, CueKind.LAST_CALL})


def kind_named(name: str) -> Named | None:
    """Find what a community gives its own words for; None when there is no such thing."""
    return next((known for known in (*CueKind, *Part) if known.value == name), None)


def names(kind: Named) -> frozenset[str]:
    """Return every value a template of this kind may name."""
    common = COMMON - {"notice", "how_to"} if isinstance(kind, Part) else COMMON
    return common | ESPECIALLY.get(kind, frozenset())

"""The words around an answer's number: what may stand before and after it, what makes it talk, what repeats another.

Everything here is a question about one text. The word lists are small and closed: each entry comes from real posts.
"""

from __future__ import annotations

import re

from chatbot.core import text as texts

# Letters that look like A, and digits on keys or in circles, which serve as their own full stop.
_LOOK_ALIKES = str.maketrans(
    {"\u0410": "A", "\u0391": "A", "\u0430": "a", "\u03b1": "a", "\U0001f170": "A", "\ufe0e": "", "\ufe0f": ""}
)
_KEY = re.compile("([0-9])\ufe0f?\u20e3")
_CIRCLED = re.compile("[\u2460-\u2473\u2776-\u277f]")

_NAMES = r"@\w[\w.-]*(?:@[\w.:-]+)?|#\w+|https?://\S+"
_FRONT = re.compile(rf"(?:[^\w@#]+|{_NAMES}|[@#]|\d{{1,2}}/\d{{1,2}}(?![\w/]))*+")
_BACK = re.compile(rf"(?:[^\w@#]+|{_NAMES}|[@#]|(?<=[:;=][-'])[DPpoO](?!\w)|(?<=[:;=])[DPpoO](?!\w)|xx?\b)*+\Z")
_NOT_WORDS = re.compile(rf"{_NAMES}")

_PART = re.compile(
    r"[^\w\n]*(?:also|and|plus|cont|contd|continued|another|(?:one|1|some) more|more|ps|oh,? and)\b", re.I
)
_SHARE = re.compile(r"(?<![\w/])(\d{1,2})/(\d{1,2})(?![\w/])")
_GREETING = re.compile(
    r"\W*(?:hi+|hello|hey+|hiya|howdy|welcome|evening|morning|afternoon|good (?:evening|morning|afternoon|day)"
    r"|greetings|joining|ol[aá]|hola|bonjour|bonsoir|hallo|salut|ciao)\b",
    re.I,
)
_SENTENCE_END = re.compile(
    rf"(?:[.!?\u2026)\]\"\u201d\u061f\u3002\uff01\U0001f300-\U0001faff\u2600-\u27bf]|[:;]-?[)D(P]|\n)(?:\s|{_NAMES})*\Z"
)
# No sentence ends with one of these, so what follows belongs to it: "for A3", "your A2", "should be A3".
_LEANING_WORDS = """
a about above after all an and answer answered answering are as ask asked asking at be been before below but by can
de did do doing een for from get got grade had has have her his if in into is its join joined level me miss missed
my no not of on or our paper question re read ref reference regarding route same saw say says see seen size skip
skipped so some than that the their these this to try trying type under until use used using via was were what's
when which while with without your
"""
_LEANING = frozenset(_LEANING_WORDS.split())
_LAST_WORD = re.compile(r"([^\W_][\w'\u2019]*)[\s\"'\u201c\u2018(]*\Z")
_COMPOUND = re.compile(r"\s+(?:paper|pages?|sheets?|size[ds]?|posters?|format|roads?|motorway|levels?|grades?)\b", re.I)
_CHATTER = re.compile(
    r"(?:(?:is|was|are|coming|up|anyone|anybody|please|pls|plz|next|soon|now|again|time|already|in|mins?|minutes?"
    r"|then|here|we|go|it|comes|got|away|\d+)\b|\W)*+\Z",
    re.I,
)
_RULES = re.compile(r"\b(?:etc|e\.?g|such as|and so on|usw)\b", re.I)
_EARLIER = re.compile(
    r"\b(?:that|this|it|last|previous|above|(?:my|last) (?:post|one|toot|tweet))\b[^.!?\d]{0,24}"
    r"\b(?:was|is|were|been?|for|meant)\b[^.!?\d]{0,16}(?<!\w)A\s?(\d{1,2})\b",
    re.I,
)
_ANY_NUMBER = re.compile(r"[Aa]\s?\d")  # without it `_EARLIER` need not look, and it looks long
_SLIP = re.compile(r"\b(?:sorry|oops|meant|should|typo|wrong|correction|instead)\b", re.I)
_MISTYPED = re.compile(r"(?:A[lI]|[SZ]\d)\s?[).:](?!\w)")
_REPOSTED = re.compile(r"(?<!\w)(?:RT|MT)\s?:?\s?@\w")
_QUOTED_PERSON = re.compile('[\\s#\\w]{0,40}["\u201c\u00ab]\\s?@[\\w.-]+(?:@[\\w.:-]+)?:')
_WORD = re.compile(r"[^\W_]+")


def normal(words: str) -> str:
    """Return text as it is read here: NFKC, look-alikes as what they look like, circled digits as `1.`."""
    if words.isascii():
        return words
    words = _CIRCLED.sub(lambda digit: f"{_circled(digit[0])}.", _KEY.sub(r"\1.", words))
    return texts.readable(words.translate(_LOOK_ALIKES))


def _circled(digit: str) -> int:
    first = 0x2460 if digit < "\u2474" else 0x2776
    return ord(digit) - first + 1


def front(words: str, at: int = 0) -> int:
    """Return where the first word begins: after mentions, tags, addresses, dots, quotes and "2/2"."""
    match = _FRONT.match(words, at)
    return match.end() if match else at


def is_end(words: str, at: int) -> bool:
    """Tell whether only tags, mentions, addresses, punctuation and smileys follow."""
    return _BACK.match(words, at) is not None


def own_words(words: str) -> str:
    """Return text without what cannot be words of one's own: mentions, tags, addresses."""
    return _NOT_WORDS.sub(" ", words).strip()


def before_repost(words: str) -> str | None:
    """Return what stands before an old-style repost (`RT @ana: …`, `"@ana: …"`), or None if there is none."""
    match = _REPOSTED.search(words) if "T" in words else None
    if match is not None:
        return words[: match.start()]
    return "" if _QUOTED_PERSON.match(words) else None


def begins_sentence(words: str, at: int) -> bool:
    """Tell whether a new sentence, or the first one after a greeting, begins here."""
    if _SENTENCE_END.search(words[max(0, at - 200) : at]):
        return not leans_on(words, at)
    said = own_words(words[:at]) if at < 200 else ""
    return len(said) < 60 and len(said.split()) <= 4 and greets(said)


def leans_on(words: str, at: int) -> bool:
    """Tell whether the word before could not end a sentence, so that what stands here belongs to it."""
    match = _LAST_WORD.search(words[max(0, at - 40) : at])
    return match is not None and match[1].lower().replace("\u2019", "'") in _LEANING


def is_compound(words: str, at: int) -> bool:
    """Tell whether paper sizes, roads or grades are spoken of: "A4 paper"."""
    return _COMPOUND.match(words, at) is not None


def is_chatter(rest: str) -> bool:
    """Tell whether nothing follows a question's number but "anyone?", "coming up", "please"."""
    return _CHATTER.match(own_words(rest)) is not None


def is_rule(words: str) -> bool:
    """Tell whether numbers are listed as examples: "A1, A2, A3 etc"."""
    return _RULES.search(words) is not None


def greets(words: str) -> bool:
    """Tell whether the first word greets."""
    return _GREETING.match(words, front(words)) is not None


def is_further_part(rest: str) -> bool:
    """Tell whether words go on from an earlier post: "... but", "Also, …", "Cont.", "1 more"."""
    stripped = rest.lstrip(" )-:")
    return stripped.startswith(("..", "\u2026")) or _PART.match(rest) is not None


_GOES_ON = re.compile(r"(?:and|also|plus|oh,? and|cont|contd|continued|ps)\b|\.\.|\u2026", re.I)
_NAMES_FIRST = re.compile(rf"(?:\s|{_NAMES})*+")


def goes_on(words: str) -> bool:
    """Tell whether a post begins as the further part of another: "... and", "Also, …"."""
    names = _NAMES_FIRST.match(words)
    return _GOES_ON.match(words, names.end() if names else 0) is not None


def share(words: str) -> tuple[int, int] | None:
    """Return (2, 3) of a post that says it is `2/3`, at its front or its end."""
    for match in _SHARE.finditer(words) if "/" in words else ():
        part, whole = int(match[1]), int(match[2])
        alone = not own_words(words[: match.start()]).strip(" .\u2026()") or is_end(words, match.end())
        if 1 <= part <= whole and whole > 1 and alone:
            return part, whole
    return None


def names_earlier(words: str) -> tuple[int, bool] | None:
    """Return the number that "That was my A6 by the way" gives an earlier post, and whether it corrects a slip."""
    match = _EARLIER.search(words) if _ANY_NUMBER.search(words) else None
    return (int(match[1]), _SLIP.search(words) is not None) if match else None


def looks_mistyped(words: str) -> bool:
    """Tell whether the post begins with what may be a slip for A1: `Al)`, `AI:`, `S1.`."""
    return _MISTYPED.match(words, front(words)) is not None


def repeats(rest: str, question: str) -> bool:
    """Tell whether words only say a question again, with nothing of their own to speak of."""
    asked = _WORD.findall(question.lower())
    said = _WORD.findall(own_words(rest).lower())
    if len(asked) < 3 or len(said) > len(asked) + 3:
        return False
    common = len(set(asked) & set(said))
    return common >= 0.7 * len(set(asked)) and common >= 0.7 * len(set(said))

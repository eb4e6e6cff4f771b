"""The page as people meet it: colours they can tell apart, a shape a screen reader can walk, nothing a browser runs."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from chatbot.core.pages import transcript
from chatbot.core.pages.shown import Transcript
from chatbot.render import html
from chatbot.render.html import Place
from tests.replays.script import read
from tests.replays.test_replays import HERE, SCRIPTS, build, elements

STYLE = resources.files("chatbot.render").joinpath("static/archive.css").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]  # of axe
VIEWS = (("light", 320, "index.html"), ("dark", 1280, "index.html"), ("dark", 320, "by-time.html"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def palettes() -> dict[str, dict[str, str]]:
    """Return the colours of the light and of the dark page."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    return {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for name, block in zip(("light", "dark"), blocks, strict=False)
    }


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXTS = [
    *itertools.product(("ink", "quiet", "leaf"), ("paper", "card", "soft")),
    ("sun", "sun-soft"),
    ("leaf", "leaf-soft"),
    ("on-leaf", "leaf"),
    ("ink", "bar"),
]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), TEXTS)
def test_words_stand_out_from_their_ground(mode: str, words: str, ground: str) -> None:
    colours = palettes()[mode]

    assert contrast(colours[words], colours[ground]) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_frame_of_what_is_in_focus_stands_out(mode: str) -> None:
    colours = palettes()[mode]

    assert min(contrast(colours["leaf"], colours[ground]) for ground in ("paper", "card", "soft")) >= 3


def test_paper_is_never_dark() -> None:
    assert "@media (prefers-color-scheme: dark)" not in STYLE
    assert "@media screen and (prefers-color-scheme: dark)" in STYLE


def test_headings_go_down_one_step_at_a_time() -> None:
    levels = [
        int(tag[1]) for tag, _ in elements(html.write(build(HERE / "garden.chat"))) if re.fullmatch("h[1-6]", tag)
    ]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(below - above for above, below in itertools.pairwise(levels)) <= 1


def test_every_answer_has_a_heading_with_an_address() -> None:
    view = build(HERE / "garden.chat")
    headings = {a.get("id") for tag, a in elements(html.write(view)) if tag in ("h3", "h4")}

    assert {answer.anchor for section in view.questions for answer in section.answers} <= headings


ANCHORED = """
series Garden Chat #GardenChat Europe/Lisbon
date 2026-12-01 20:00 60 minutes
host rosa@a.test Rosa
Q1 What?
Q2 Which?
20:01 Q1
20:02 Q2
20:03 ana@b.test =one  A1 & A2: leeks and rakes 1/2 #GardenChat
20:04 ana@b.test  and patience 2/2 #GardenChat
20:05 ben@c.test =two >one  A2 & A1 the same here 1/2
20:06 ben@c.test >two  2/2 and time
20:07 cleo@c.test  A1 look at this #GardenChat
      | quote one
20:08 cleo@c.test >two  so true
20:09 cleo@d.test =three  A1 seeds #GardenChat
20:10 dora@d.test =four >three  A1 & A2 seeds and pots 1/2
20:11 dora@d.test >four  2/2 and bulbs
"""


@pytest.mark.parametrize("write", [html.page, html.by_time])
@pytest.mark.parametrize("script", [*(path.read_text("utf-8") for path in SCRIPTS), ANCHORED], ids=lambda _: "")
def test_every_anchor_is_there_once(script: str, write: Callable[[Transcript, Place], bytes]) -> None:
    found = elements(write(transcript.build(read(script)), Place()))
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    targets = {href[1:] for tag, attributes in found if tag == "a" and (href := attributes["href"] or "")[:1] == "#"}

    assert len(set(ids)) == len(ids)
    assert targets <= set(ids)


def test_a_post_says_its_language_and_runs_its_way() -> None:
    page = html.write(build(HERE / "garden.chat")).decode()

    assert '<p class="text" dir="rtl" lang="ar">' in page
    assert '<p class="text" dir="auto" lang="pt">' in page


def test_a_content_warning_folds_its_post_away() -> None:
    page = html.write(build(HERE / "garden.chat")).decode()

    assert '<details class="warned"><summary>Content warning: slugs, and how they end</summary>' in page


def test_a_picture_says_what_it_shows_or_that_nobody_said() -> None:
    record = read((HERE / "garden.chat").read_text("utf-8"))
    copies = {media.url: "media/1.webp" for post in record.posts for media in post.media}
    pictures = [a for tag, a in elements(html.write(transcript.build(record, copies))) if tag == "img"]

    assert len(pictures) >= 3
    assert all(picture.get("alt") for picture in pictures)


def test_people_who_do_not_want_to_be_found_are_kept_from_the_search_index() -> None:
    page = html.write(build(HERE / "garden.chat")).decode()
    dora = page[page.rindex("<article", 0, page.index("A headlamp. In December", page.index("data-pagefind-body"))) :]

    assert dora.startswith('<article class="answer" data-pagefind-ignore>')


@pytest.mark.parametrize(("index", "told"), [(False, True), (True, False)])
def test_a_page_asks_search_engines_to_stay_away_unless_the_community_decided_otherwise(
    index: bool, told: bool
) -> None:
    script = (
        (HERE / "garden.chat").read_text("utf-8").replace("theme ", f"setting index {'yes' if index else 'no'}\ntheme ")
    )
    page = html.write(transcript.build(read(script))).decode()

    assert ('<meta name="robots" content="noindex, noarchive">' in page) is told


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_nothing_of_a_page_is_refused_by_its_own_policy_or_wider_than_a_phone(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is in the ci group")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is in the ci group")
    view, place = build(HERE / "garden.chat"), Place("Chats", "../../index.html")
    (tmp_path / "index.html").write_bytes(html.page(view, place))
    (tmp_path / "by-time.html").write_bytes(html.by_time(view, place))
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-quic"])
        for scheme, width, name in itertools.product(("light", "dark"), (320, 1280), ("index.html", "by-time.html")):
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto((tmp_path / name).as_uri())
            found = axe.Axe().run(
                page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
            )

            assert [(v["id"], v["nodes"][0]["html"]) for v in found.response["violations"]] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert said == []
            page.close()
        browser.close()


def test_the_page_is_well_formed_to_a_strict_reader() -> None:
    page = html.write(build(HERE / "hostile.chat")).decode()

    assert page.count("<article") == page.count("</article>")
    assert page.count("<details") == page.count("</details>")
    assert page.count("<ul") == page.count("</ul>")


def test_the_browser_is_told_to_run_nothing(tmp_path: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    (tmp_path / "page.html").write_bytes(html.write(build(HERE / "hostile.chat")))
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", (tmp_path / "page.html").as_uri(),
    ]  # fmt: skip
    seen = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout

    assert b"<script" not in seen
    assert b"alert(11)" in seen

"""The Mastodon adapter where servers differ: pages, edits, pictures, look-ups, limits, addresses."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from chatbot.core.model import Draft, PollDraft, Visibility
from chatbot.core.timing import Timing
from chatbot.platforms.errors import NoAnswer, NoPicture, NotFound, Rejected, Unavailable
from chatbot.platforms.mastodon import Mastodon, addresses, limits
from chatbot.platforms.mastodon.posting import kept
from chatbot.platforms.mastodon.reading import reached_at
from chatbot.platforms.mastodon.to_post import to_post
from chatbot.platforms.port import Gone, Limits, PostRef, Unsure
from tests.platforms import small_server
from tests.platforms.small_server import Fault, SmallServer, answers, hangs_up

SAMPLES = Path(__file__).parent.parent / "samples"
EIGHT = datetime(2026, 12, 1, 20, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with small_server.running(now=small_server.ticking()) as running:
        yield running


@pytest.fixture
def bot(server: SmallServer) -> Iterator[Mastodon]:
    made = Mastodon("gardenbot", server.url, "bot-token", timing=Timing(request_deadline=timedelta(seconds=3)))
    yield made
    made.close()


def answer(**changes: Any) -> dict[str, Any]:
    return {**json.loads((SAMPLES / "mastodon/answer.json").read_text()), **changes}


# reading


def test_a_timeline_is_walked_back_until_a_whole_page_is_older(server: SmallServer, bot: Mastodon) -> None:
    for number in range(130):
        server.post("ana", {"status": f"A{number} #GardenChat", "visibility": "public"})
    cut = EIGHT + timedelta(seconds=46)  # the newest 85

    found = list(bot.tag_timeline("GardenChat", cut))

    assert len(found) == 85
    assert len([path for path in server.paths() if "/timelines/tag/" in path]) == 4


def test_a_post_that_stands_among_older_ones_is_found(server: SmallServer, bot: Mastodon) -> None:
    times = ["2026-11-30T09:00:00Z" if number % 30 else "2026-12-01T20:30:00Z" for number in range(60)]
    rows = [answer(id=str(99 - number), created_at=time) for number, time in enumerate(times)]
    for page in (rows[:40], rows[40:], []):
        server.faults.append(Fault("/api/v1/timelines", answers(200, page)))

    assert len(list(bot.tag_timeline("GardenChat", EIGHT))) == 2


def test_a_server_that_repeats_its_page_is_left(server: SmallServer, bot: Mastodon) -> None:
    page = [answer(id="5"), answer(id="4")]
    server.faults.append(Fault("/api/v1/timelines", answers(200, page), times=9))

    assert len(list(bot.tag_timeline("GardenChat", EIGHT))) == 4
    assert len([path for path in server.paths() if "/timelines/" in path]) == 2


def test_malformed_posts_are_skipped_and_the_others_read(server: SmallServer, bot: Mastodon) -> None:
    page: list[object] = [answer(id="9"), None, answer(id="8", account=None), "?", answer(id="7")]
    server.faults.append(Fault("/api/v1/timelines", answers(200, page)))
    server.faults.append(Fault("/api/v1/timelines", answers(200, [])))

    assert [post.local_id for post in bot.tag_timeline("GardenChat", EIGHT)] == ["9", "7"]


def test_an_own_post_that_cannot_be_read_is_an_error_not_an_absence(server: SmallServer, bot: Mastodon) -> None:
    bot.me()
    server.faults.append(Fault("/api/v1/accounts", answers(200, [answer(id="9"), {"id": "8"}])))

    with pytest.raises(Unavailable):
        list(bot.own_posts())


def test_own_posts_of_a_server_that_repeats_itself_prove_no_absence(server: SmallServer, bot: Mastodon) -> None:
    bot.me()
    server.faults.append(Fault("/api/v1/accounts", answers(200, [answer(id="9"), answer(id="8")]), times=9))

    with pytest.raises(Unavailable):
        list(bot.own_posts())


def test_a_page_of_other_notifications_does_not_hide_the_mentions_behind_it(server: SmallServer, bot: Mastodon) -> None:
    others = [{"id": str(9 - n), "type": "favourite", "created_at": "2026-12-01T20:30:00Z"} for n in range(3)]
    mention = {"id": "1", "type": "mention", "created_at": "2026-12-01T20:10:00Z", "status": answer(id="1")}
    server.faults.append(Fault("/api/v1/notifications", answers(200, others)))
    server.faults.append(Fault("/api/v1/notifications", answers(200, [mention])))

    assert [post.local_id for post in bot.mentions(EIGHT)] == ["1"]


def test_own_posts_end_at_one_older_than_a_known_one_that_was_deleted(bot: Mastodon) -> None:
    refs = [bot.publish(Draft(f"post {number}"), f"k{number}") for number in range(4)]
    bot.delete(refs[1])

    assert [refs[3].local_id, refs[2].local_id, refs[0].local_id] == [p.local_id for p in bot.own_posts(refs[1])]


@pytest.mark.parametrize("body", [{"error": "?"}, "word", 7, None])
def test_a_list_that_is_none_is_no_empty_timeline(server: SmallServer, bot: Mastodon, body: object) -> None:
    server.faults.append(Fault("/api/v1/timelines", answers(200, body)))

    with pytest.raises(Unavailable):
        list(bot.tag_timeline("GardenChat", EIGHT))


def test_a_tag_of_another_script_is_asked_for_safely(server: SmallServer, bot: Mastodon) -> None:
    list(bot.tag_timeline("#حديقة/../x?y", EIGHT))

    assert "/api/v1/timelines/tag/%D8%AD%D8%AF%D9%8A%D9%82%D8%A9%2F..%2Fx%3Fy?limit=40" in server.paths()[-1]


def test_mentions_ask_for_filtered_ones_and_pass_over_other_notifications(server: SmallServer, bot: Mastodon) -> None:
    rows = [
        {"id": "3", "type": "something_new", "created_at": "2026-12-01T20:30:00Z"},
        {"id": "2", "type": "mention", "created_at": "2026-12-01T20:20:00Z", "status": answer(id="2")},
        {"id": "1", "type": "mention", "created_at": "2026-12-01T20:10:00Z", "status": None},
    ]
    server.faults.append(Fault("/api/v1/notifications", answers(200, rows)))

    assert [post.local_id for post in bot.mentions(EIGHT)] == ["2"]
    assert "include_filtered=true" in server.paths()[0]


def test_a_mention_came_in_when_its_notification_says(server: SmallServer, bot: Mastodon) -> None:
    row = {"id": "2", "type": "mention", "created_at": "2026-12-01T20:20:00Z"}
    said = [answer(id="2", created_at="2027-12-01T00:00:00Z"), answer(id="1", created_at="1999-01-01T00:00:00Z")]
    rows = [{**row, "status": status} for status in said]
    server.faults.append(Fault("/api/v1/notifications", answers(200, [*rows, {**rows[1], "created_at": "soon"}])))

    came = datetime(2026, 12, 1, 20, 20, tzinfo=UTC)
    assert [(post.local_id, post.came_at) for post in bot.mentions(EIGHT)] == [("2", came), ("1", came)]


def test_the_time_in_an_id_outweighs_an_authors_clock_that_is_behind() -> None:
    local_id = str(int(datetime(2026, 12, 1, 20, 15, tzinfo=UTC).timestamp() * 1000) << 16)
    post = to_post(answer(id=local_id, created_at="1999-01-01T00:00:00Z"), "b.test", "b.test")

    assert reached_at(post) == datetime(2026, 12, 1, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize("local_id", ["1795326412946", "01M80RWW8G601P8HXQJ4WTHNJB", "9" * 30, "٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣٣"])
def test_other_kinds_of_ids_hold_no_time(local_id: str) -> None:
    post = to_post(answer(id=local_id), "b.test", "b.test")

    assert reached_at(post) == post.at


# looking up


def refs_of(bot: Mastodon, *ids: str) -> list[PostRef]:
    return [PostRef(bot.server, one, f"https://b.test/{one}", f"https://b.test/{one}") for one in ids]


def test_a_host_whom_the_server_does_not_know_is_searched_for_once_a_night(server: SmallServer, bot: Mastodon) -> None:
    for _ in range(3):
        with pytest.raises(NotFound):
            bot.posts_of("nobody@b.test", EIGHT)

    assert 1 == len([path for path in server.paths() if "/api/v2/search" in path])


def test_hosts_posts_are_read_without_waiting_for_the_budget(server: SmallServer, bot: Mastodon) -> None:
    for number in range(50):
        server.post("ana", {"status": f"Q{number} #GardenChat", "visibility": "public"})
    began = time.monotonic()

    def read_again_and_again() -> None:
        for _ in range(20):
            list(bot.posts_of("ana@garden.test", EIGHT - timedelta(hours=1)))

    with pytest.raises(Unavailable, match="asked enough for now"):
        read_again_and_again()

    assert time.monotonic() - began < 30  # a minute, had it waited


def test_absence_among_many_is_confirmed_alone(server: SmallServer, bot: Mastodon) -> None:
    made = [server.post("ana", {"status": "A1", "visibility": "public"}) for _ in range(3)]
    server.faults.append(Fault("/api/v1/statuses?", answers(200, [made[0]])))  # the author of the others is silenced

    found = bot.look_up(refs_of(bot, *[one["id"] for one in made], "01GONE"))

    assert [type(state).__name__ for state in found.values()] == ["Found", "Found", "Found", "Gone"]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503])
def test_trouble_is_never_a_deletion(server: SmallServer, bot: Mastodon, status: int) -> None:
    made = server.post("ana", {"status": "A1", "visibility": "public"})
    bot.me()
    server.faults.append(Fault("/api/v1/statuses", answers(status, {"error": "no"}), times=9))

    (state,) = bot.look_up(refs_of(bot, made["id"])).values()

    assert isinstance(state, Unsure)
    assert state.why


def test_a_lost_connection_is_never_a_deletion(server: SmallServer, bot: Mastodon) -> None:
    bot.me()
    server.faults.append(Fault("/api/v1/statuses", hangs_up, times=9))

    assert isinstance(bot.look_up(refs_of(bot, "01A"))["01A"], Unsure)


def test_of_a_server_that_says_nothing_no_post_is_asked_for_alone(server: SmallServer, bot: Mastodon) -> None:
    bot.me()
    server.faults.append(Fault("/api/v1/statuses", hangs_up, times=99))

    found = bot.look_up(refs_of(bot, *[f"01A{n}" for n in range(50)]))

    assert len(found) == 50
    assert all(isinstance(state, Unsure) and not state.answered for state in found.values())
    assert len([path for path in server.paths() if "/statuses" in path]) == 1


def test_one_post_of_which_a_server_says_nothing_leaves_the_others_to_be_found(
    server: SmallServer, bot: Mastodon
) -> None:
    made = [server.post("ana", {"status": "A1", "visibility": "public"})["id"] for _ in range(4)]
    bot.me()
    server.faults.append(Fault("/api/v1/statuses?", answers(405), times=9))
    server.faults.append(Fault(f"/api/v1/statuses/{made[0]}", hangs_up, times=9))

    found = bot.look_up(refs_of(bot, *made))

    assert [type(state).__name__ for state in found.values()] == ["Unsure", "Found", "Found", "Found"]
    server.faults.append(Fault("/api/v1/statuses/", hangs_up, times=99))
    before = len(server.paths())
    assert {type(state).__name__ for state in bot.look_up(refs_of(bot, *made)).values()} == {"Unsure"}
    assert len(server.paths()) == before + 2


def test_nothing_more_is_read_when_the_program_ends(server: SmallServer) -> None:
    stopped = threading.Event()
    bot = Mastodon("gardenbot", server.url, "bot-token", stopped=stopped)
    bot.me()
    before = len(server.paths())
    stopped.set()

    with pytest.raises(NoAnswer, match="ending"):
        list(bot.tag_timeline("GardenChat", EIGHT))
    assert {type(state) for state in bot.look_up(refs_of(bot, "01A", "01B")).values()} == {Unsure}
    assert len(server.paths()) == before
    bot.close()


def test_410_is_gone(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v1/statuses", answers(410, {"error": "Gone"})))

    assert bot.look_up(refs_of(bot, "01A"))["01A"] == Gone()


# posting and editing


def test_visibility_is_always_said(server: SmallServer, bot: Mastodon) -> None:
    ref = bot.publish(Draft("Q1 What grows?"), "q1")

    assert ref.visibility is Visibility.PUBLIC  # the server's own default is quiet public


def test_a_post_that_the_server_lowered_says_so(server: SmallServer, bot: Mastodon) -> None:
    lowered = {**server.post("gardenbot", {"status": "Q1"}), "visibility": "unlisted"}
    server.faults.append(Fault("/api/v1/statuses", answers(200, lowered), method="POST"))

    assert bot.publish(Draft("Q1"), "q1").visibility is Visibility.UNLISTED


@pytest.fixture
def picture(tmp_path: Path) -> str:
    file = tmp_path / "leeks.png"
    Image.new("RGB", (4, 4), "green").save(file)
    return str(file)


def test_a_picture_goes_along_with_its_description(server: SmallServer, bot: Mastodon, picture: str) -> None:
    bot.publish(Draft("Q1", picture=picture, alt="Leeks in a row"), "q1")
    (post,) = bot.own_posts()

    assert len(post.media) == 1
    assert b"Leeks in a row" in next(body for method, path, _, body in server.asked if path == "/api/v2/media")


@pytest.mark.parametrize("act", [hangs_up, answers(500, b""), answers(200, b"?")], ids=["hangs up", "500", "no JSON"])
def test_without_its_picture_a_post_is_not_made_and_may_be_tried_again(
    server: SmallServer, bot: Mastodon, picture: str, act: Any
) -> None:
    server.faults.append(Fault("/api/v2/media", act))

    with pytest.raises(Unavailable):
        bot.publish(Draft("Q1", picture=picture), "q1")

    assert server.statuses == {}


@pytest.mark.parametrize("name", ["missing.png", "leeks.nothing"])
def test_a_picture_that_is_not_there_is_refused_at_once(server: SmallServer, bot: Mastodon, name: str) -> None:
    with pytest.raises(NoPicture, match="picture"):
        bot.publish(Draft("Q1", picture=name), "q1")

    assert server.asked == []


def test_a_poll_goes_along(server: SmallServer, bot: Mastodon) -> None:
    bot.publish(Draft("Next?", poll=PollDraft(("Seeds", "Soil"), timedelta(hours=2), multiple=True)), "poll")

    sent = json.loads(server.asked[-1][3])["poll"]
    assert (sent["options"], sent["expires_in"], bool(sent["multiple"])) == (["Seeds", "Soil"], 7200, True)


def test_an_edit_says_again_what_it_does_not_change() -> None:
    said = answer(poll=None, media_attachments=[{"id": "1"}, {"id": "2"}])

    assert kept(said, EIGHT) == {"media_ids": ["1", "2"], "spoiler_text": "slugs", "sensitive": True, "language": "en"}


def test_an_edit_keeps_a_poll_and_the_time_it_has_left() -> None:
    poll = {"expires_at": "2026-12-01T21:00:00Z", "multiple": False, "options": [{"title": "Seeds"}, {"title": "Soil"}]}

    assert kept(answer(poll=poll), EIGHT)["poll"] == {
        "options": ["Seeds", "Soil"],
        "multiple": False,
        "expires_in": 3600,
    }


@pytest.mark.parametrize("ends", ["2026-12-01T19:00:00Z", "2026-12-01T20:01:00Z", None])
def test_a_post_whose_poll_cannot_be_kept_is_not_edited(ends: str | None) -> None:
    with pytest.raises(Rejected, match="poll"):
        kept(answer(poll={"expires_at": ends, "options": [{"title": "Seeds"}]}), EIGHT)


# what a server allows


def test_limits_are_read_from_the_servers_description() -> None:
    said = {
        "version": "0.20.0",
        "rules": [{"id": "1", "text": "Be kind"}, {"id": "2"}, None],
        "configuration": {
            "urls": {"streaming": "wss://stream.a.test"},
            "statuses": {"max_characters": 5000, "max_media_attachments": 6, "characters_reserved_per_url": 25},
            "media_attachments": {"description_limit": 10000},
            "polls": {"max_options": 6, "max_characters_per_option": 40},
        },
    }

    assert limits.limits_of(said) == Limits(
        5000, 25, 10000, 6, 6, 40, streams=True, rules=("Be kind",), software="0.20.0"
    )


@pytest.mark.parametrize("said", [None, [], {}, {"configuration": None}, {"configuration": {"statuses": "?"}}])
def test_what_a_server_does_not_say_is_as_mastodon_has_it(said: object) -> None:
    assert limits.limits_of(said) == Limits(streams=False)


def test_an_older_server_is_asked_in_the_older_way(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v2/instance", answers(404, {"error": "Not Found"})))
    server.faults.append(Fault("/api/v1/instance", answers(200, {"uri": "old.test", "max_toot_chars": 700})))

    assert bot.limits.characters == 700
    assert bot.me().handle == "gardenbot@old.test"


def test_limits_that_cannot_be_asked_are_not_guessed(server: SmallServer, bot: Mastodon) -> None:
    server.faults.append(Fault("/api/v2/instance", answers(503, b"")))

    with pytest.raises(Unavailable):
        bot.limits  # noqa: B018
    with pytest.raises(Unavailable):
        bot.limits  # noqa: B018

    assert server.paths() == ["GET /api/v2/instance"]  # a silent server is not asked at once again


# addresses that people copy


@pytest.mark.parametrize(
    ("address", "local_id", "searched"),
    [
        ("https://a.test/@ana/115001234567890123", "115001234567890123", "https://a.test/@ana/115001234567890123"),
        ("https://a.test/@ana@b.test/11500123", "11500123", "https://a.test/@ana@b.test/11500123"),
        ("https://a.test/@ana/statuses/01M80RWW8G", "01M80RWW8G", "https://a.test/@ana/statuses/01M80RWW8G"),
        ("https://a.test/users/ana/statuses/11500123", "11500123", "https://a.test/users/ana/statuses/11500123"),
        ("https://a.test/web/statuses/11500123", "11500123", "https://a.test/web/statuses/11500123"),
        ("https://a.test/deck/@ana/11500123", "11500123", "https://a.test/deck/@ana/11500123"),
        ("https://b.test/@ana/11500123", None, "https://b.test/@ana/11500123"),
        ("https://elk.zone/a.test/@ana@b.test/11500123", "11500123", "https://a.test/@ana@b.test/11500123"),
        ("https://elk.zone/b.test/@ana/11500123", None, "https://b.test/@ana/11500123"),
        ("https://phanpy.social/#/a.test/s/11500123", "11500123", "https://a.test/statuses/11500123"),
        ("https://m.test/notes/9abcdefg", None, "https://m.test/notes/9abcdefg"),
        (" <https://b.test/@ana/11500123> ", None, "https://b.test/@ana/11500123"),
    ],
)
def test_every_apps_address_is_understood(address: str, local_id: str | None, searched: str) -> None:
    assert addresses.place_of(address, {"a.test"}) == (local_id, searched)


def test_an_id_that_is_not_there_is_searched_for(server: SmallServer, bot: Mastodon) -> None:
    made = server.post("ana", {"status": "A1", "visibility": "public"})
    server.faults.append(Fault(f"/api/v1/statuses/{made['id']}", answers(404, {"error": "Not Found"})))

    found = bot.resolve(made["url"])

    assert found is not None
    assert found.uri == made["uri"]


def test_a_report_names_the_post_and_its_author(server: SmallServer, bot: Mastodon) -> None:
    made = server.post("ana", {"status": "buy seeds", "visibility": "public"})
    server.faults.append(Fault("/api/v1/reports", answers(200, {"id": "1", "action_taken": False})))

    bot.report(refs_of(bot, made["id"])[0], "advertising")

    sent = server.asked[-1][3].decode()
    assert made["account"]["id"] in sent
    assert made["id"] in sent
    assert "advertising" in sent


def test_a_favourite_is_marked_on_our_own_server(server: SmallServer, bot: Mastodon) -> None:
    made = server.post("ana", {"status": "A1 #GardenChat", "visibility": "public"})
    server.faults.append(Fault(f"/api/v1/statuses/{made['id']}/favourite", answers(200, made)))

    bot.favourite(refs_of(bot, made["id"])[0])

    assert f"POST /api/v1/statuses/{made['id']}/favourite" in server.paths()

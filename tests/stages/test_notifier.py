"""Notices to phones and chat rooms: through the outbox, once an incident, and no address anywhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.config import Account, Archive, Config, Notify
from chatbot.core.files import notify_list
from chatbot.core.model import DeliveryState, Draft
from chatbot.core.timing import Timing
from chatbot.core.value import replace
from chatbot.platforms.errors import RateLimited, Rejected, Unavailable
from chatbot.stages import deliver, tell
from chatbot.stages.tell import notifier
from chatbot.store import chats, outbox
from chatbot.store.engine import Store
from chatbot.store.rows import Row
from tests.fakes import FixedClock
from tests.loopback import Loopback
from tests.people import garden_chat, garden_series

SECRET = "s3cr3t-r00m"
TIMING = Timing()


@pytest.fixture
def phone() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


def addressed(server: Loopback, before: str = "") -> Notify:
    addresses, _ = notify_list.read(f"{before}{server.url(f'/{SECRET}', 'json')}")
    return Notify(addresses)


def sender(server: Loopback) -> tuple[tell.Notifier, str]:
    notify = addressed(server)
    return tell.Notifier(notify.addresses, TIMING), notify.addresses[0].name


def config(tmp_path: Path, notify: Notify) -> Config:
    accounts = {"gardenbot": Account("gardenbot", "mastodon", "https://a.test")}
    return Config(tmp_path / "c.toml", "", Archive(tmp_path), accounts, tmp_path, tmp_path, notify=notify)


def plan(store: Store, clock: FixedClock) -> None:
    with store.write() as conn:
        chats.save_series(conn, garden_series(), file=None, file_hash=None, now=clock())
        chats.save_chat(conn, garden_chat(), state="ready", file=None, file_hash=None, now=clock())


def notices(store: Store) -> list[Row]:
    with store.read() as conn:
        return [row for row in outbox.of_chat(conn, garden_chat().id) if row.account == outbox.NOTIFY]


def test_a_notice_arrives_with_its_title_and_its_plain_words(phone: Loopback) -> None:
    lane, name = sender(phone)
    lane.publish(Draft("Q3 is *late*. <b>Grüße</b>!", warning="Garden Chat:\nQ3 is late"), "notice/1", name)

    (asked,) = phone.asked
    said = json.loads(asked.body)
    assert (asked.path, said["title"], said["message"]) == (
        f"/{SECRET}",
        "Garden Chat: Q3 is late",
        "Q3 is *late*. <b>Grüße</b>!",
    )


class Service:
    """Answers one after another what it is told to, as Apprise would report it; the last answer stays."""

    def __init__(self, *answers: notifier.Answer) -> None:
        self.answers, self.asked = list(answers), list[tuple[Sequence[str], str]]()

    def __call__(self, addresses: Sequence[str], timing: Timing, title: str, body: str) -> list[notifier.Answer]:
        self.asked.append((addresses, title))
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]]


def refused(status: int | None) -> notifier.Answer:
    return notifier.Answer("refused", status)


ADDRESSES, _ = notify_list.read(f"json://a.test/{SECRET}")
NAME = ADDRESSES[0].name


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_what_a_service_refuses_for_good_is_not_tried_again(status: int) -> None:
    with pytest.raises(Rejected, match=f"it said {status}") as caught:
        tell.Notifier(ADDRESSES, TIMING, Service(refused(status))).publish(Draft("x"), "1", NAME)

    assert SECRET not in f"{caught.value!r}"


@pytest.mark.parametrize("status", [None, 408, 429, 500, 503])
def test_what_a_service_cannot_do_now_is_tried_again_ever_more_seldom(status: int | None) -> None:
    lane, pauses = tell.Notifier(ADDRESSES, TIMING, Service(refused(status))), []
    for _ in range(8):
        with pytest.raises(RateLimited) as caught:
            lane.publish(Draft("x"), "1", NAME)
        assert SECRET not in f"{caught.value!r}"
        pauses.append(caught.value.after or timedelta())

    assert pauses[:3] == [timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=3)]
    assert sum(pauses[:7], timedelta()) > TIMING.grace_notice  # so often in a day, and no oftener


def test_without_apprise_it_is_said_what_to_install() -> None:
    with pytest.raises(Unavailable, match="pip install apprise"):
        tell.Notifier(ADDRESSES, TIMING, Service(notifier.Answer("missing"))).publish(Draft("x"), "1", NAME)


def test_a_service_that_refuses_over_http_is_understood(phone: Loopback) -> None:
    lane, name = sender(phone)
    phone.answers = [410]

    with pytest.raises(Rejected, match="it said 410"):
        lane.publish(Draft("x"), "1", name)


def test_an_address_that_is_not_in_the_settings_any_more_is_not_written_to(phone: Loopback) -> None:
    with pytest.raises(Rejected, match="ntfy-01234567 is not in the settings any more"):
        sender(phone)[0].publish(Draft("x"), "1", "ntfy-01234567")


def test_every_incident_is_told_once_and_the_address_is_stored_nowhere(
    store: Store, tmp_path: Path, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock.to("2026-12-01 19:00")
    plan(store, clock)
    settings = config(tmp_path, Notify(ADDRESSES))
    service = Service(refused(503), notifier.Answer("sent"))
    for _ in range(2):  # a restart tells nothing again
        tell.Teller(store, settings, TIMING, clock, tell.Ways()).tell()
        sender = tell.Notifier(ADDRESSES, TIMING, service)
        lane = deliver.Lane(store, sender, TIMING, clock, clock.sleep, clock.monotonic, "t")
        for _ in range(6):
            lane.step()
            clock.forward(seconds=10)

    assert [row.state for row in notices(store)] == [DeliveryState.SENT]
    assert service.asked == [([f"json://a.test/{SECRET}"], "Garden Chat, tonight 20:00: ready")] * 2
    assert store.path is not None
    kept = b"".join(path.read_bytes() for path in store.path.parent.glob("chat.db*"))
    assert SECRET.encode() not in kept
    assert SECRET not in caplog.text


def test_an_address_for_another_series_hears_nothing_of_this_one(
    store: Store, tmp_path: Path, clock: FixedClock, phone: Loopback
) -> None:
    clock.to("2026-12-01 19:00")
    plan(store, clock)
    for before in ("bookchat = ", "bookchat, gardenchat = "):
        tell.Teller(store, config(tmp_path, addressed(phone, before)), TIMING, clock, tell.Ways()).tell()

    assert len(notices(store)) == 1


def test_without_addresses_nobody_is_asked(store: Store, tmp_path: Path, clock: FixedClock) -> None:
    clock.to("2026-12-01 19:00")
    plan(store, clock)
    tell.Teller(store, config(tmp_path, Notify()), TIMING, clock, tell.Ways()).tell()

    assert notices(store) == []
    assert list(notifier.mistakes(Notify(), TIMING)) == []


def test_an_address_of_no_service_is_named_by_its_line_and_not_shown(tmp_path: Path, phone: Loopback) -> None:
    addresses, _ = notify_list.read(f"{phone.url('/x', 'json')}\nnonsense://{SECRET}\n")
    found = list(notifier.mistakes(Notify(addresses, file=tmp_path / "notify"), TIMING))

    assert [(one.line, one.what) for one in found] == [(2, "Apprise knows no service for the nonsense address")]
    assert SECRET not in str(found)
    assert phone.asked == []


def test_a_service_that_never_answers_is_given_up_in_time() -> None:
    hasty = replace(TIMING, lease=TIMING.request_deadline + timedelta(milliseconds=1))
    lane = tell.Notifier(notify_list.read("json://127.0.0.1:9/x")[0], hasty)

    with pytest.raises(RateLimited, match="did not answer as it should"):
        lane.publish(Draft("x"), "1", next(iter(lane.addresses)))
    (found,) = notifier.mistakes(Notify(ADDRESSES), hasty)
    assert "could not be looked at" in found.what

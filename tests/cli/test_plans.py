"""What a host sees of `check` and `new`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result

from chatbot.cli import main, program
from chatbot.core.errors import ChatbotError

SAMPLES = Path(__file__).parents[2] / "config"
PASTE = "1. What will you sow?\n2. What “never” came up?\n\nThanks, Rita"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a host the samples, in the folder the commands are typed in."""
    shutil.copytree(SAMPLES, tmp_path / "config", ignore=shutil.ignore_patterns("chatbot.db*", "state", "archive"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHATBOT_CONFIG", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with time_machine.travel("2026-11-22 12:00:00Z", tick=False):
        yield


def said(*arguments: str, paste: str | bytes = PASTE) -> Result:
    return CliRunner().invoke(program, arguments, input=paste)


def refused(*arguments: str, paste: str | bytes = PASTE) -> str:
    result = said(*arguments, paste=paste)
    assert isinstance(result.exception, ChatbotError)
    return str(result.exception)


def test_the_samples_pass_and_it_is_said_what_is_there(house: Path) -> None:
    result = said("check")

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "fine: config/chatbot.toml: settings; accounts: gardenbot; archive in config/archive",
        "fine: config/chats/gardenchat.toml: series Garden Chat (gardenchat): first Tuesday of every month,"
        " 20:00 Europe/Lisbon, next 2026-12-01",
        "fine: config/chats/gardenchat.toml: gardenchat-2026-12-01: “Soil”, 01 Dec 2026 20:00 Europe/Lisbon,"
        " 6 questions, ready",
        "note: config/chatbot.toml: the account gardenbot has no token yet, so it cannot post:"
        " run chatbot login gardenbot",
        "note: config/chatbot.toml: the archive has no public_url, so no post will announce a digest:"
        " add public_url under [archive] when it is on the web",
        "No mistakes.",
    ]


@pytest.mark.parametrize(
    "arguments", [("--config", "there/chatbot.toml", "check"), ("check", "--config", "there/chatbot.toml")]
)
def test_the_settings_can_be_named_before_and_after_the_command(house: Path, arguments: tuple[str, ...]) -> None:
    (house / "config").rename(house / "there")

    assert said(*arguments).exit_code == 0


def test_every_mistake_of_every_file_is_told_at_once_with_its_line(house: Path) -> None:
    settings, plan = house / "config/chatbot.toml", house / "config/chats/gardenchat.toml"
    settings.write_text(settings.read_text("utf-8").replace("database =", "databse ="), "utf-8")
    plan.write_text(plan.read_text("utf-8").replace('"Soil"', "“Soil”").replace('"q2"', '"q1"'), "utf-8")
    (house / "config/chats/broken.toml").write_bytes(b"\xff")

    result = said("check")
    theme = 1 + plan.read_text("utf-8").splitlines().index("theme = “Soil”")

    assert result.exit_code == 1
    assert 'config/chatbot.toml:9: `databse` is not known here: did you mean "database"?' in result.output
    assert '    9 | databse = "sqlite:///chatbot.db"' in result.output
    assert "config/chats/broken.toml:1: a character here is not in UTF-8" in result.output
    assert f"config/chats/gardenchat.toml:{theme}: curly quotes" in result.output
    assert f"    {theme} | theme = “Soil”" in result.output
    assert 'two questions have the id "q1"' in result.output
    assert result.output.splitlines()[-1] == "4 mistakes."


def test_a_picture_that_is_not_there_and_an_account_that_is_not_known_are_mistakes(house: Path) -> None:
    plan = house / "config/chats/gardenchat.toml"
    text = plan.read_text("utf-8").replace('["gardenbot"]', '["gardenbto"]')
    plan.write_text(text + 'picture = "beds.jpg"\nalt = "Four beds"\n', "utf-8")

    result = said("check")

    assert 'there is no account "gardenbto" in chatbot.toml' in result.output
    assert "there is no file config/chats/beds.jpg" in result.output

    (house / "config/chats/beds.jpg").write_bytes(b"picture")
    plan.write_text(text.replace("gardenbto", "gardenbot") + 'picture = "beds.jpg"\nalt = "Four beds"\n', "utf-8")
    assert said("check").exit_code == 0


def test_a_question_too_long_to_post_is_a_mistake_in_its_line(house: Path) -> None:
    plan = house / "config/chats/gardenchat.toml"
    plan.write_text(plan.read_text("utf-8").replace("Dig or no dig?", "Dig? " * 200), "utf-8")

    result = said("check")
    line = 1 + next(n for n, text in enumerate(plan.read_text("utf-8").splitlines()) if "Dig? Dig?" in text)

    assert result.exit_code == 1
    assert f"config/chats/gardenchat.toml:{line}: " in result.output


def test_a_chat_that_is_not_ready_and_one_in_two_files_are_told(house: Path) -> None:
    (house / "config/chats/other.toml").write_text('[[chat]]\nseries = "gardenchat"\ndate = 2026-12-01\n', "utf-8")

    result = said("check")

    assert (
        "note: config/chats/other.toml:1: nothing will be posted for gardenchat-2026-12-01: it lacks" in result.output
    )
    assert "the chat gardenchat-2026-12-01 is in config/chats/gardenchat.toml as well" in result.output
    assert result.exit_code == 1


def test_a_series_that_is_wrong_is_one_mistake_and_its_chats_elsewhere_none(house: Path) -> None:
    plan = house / "config/chats/gardenchat.toml"
    plan.write_text(plan.read_text("utf-8").replace("Europe/Lisbon", "Lisbon"), "utf-8")
    chat = '[[chat]]\nseries = "gardenchat"\ndate = 2026-12-08\ntheme = "Weeds"\nreddy = true\n'
    (house / "config/chats/other.toml").write_text(chat, "utf-8")

    result = said("check")

    assert result.output.count("did you mean") == 2
    assert result.output.splitlines()[-1] == "2 mistakes."


def test_one_series_in_two_files_is_a_mistake(house: Path) -> None:
    plan = house / "config/chats/gardenchat.toml"
    shutil.copy(plan, house / "config/chats/zcopy.toml")

    assert 'the series "gardenchat" is in config/chats/gardenchat.toml as well' in said("check").output


def test_a_line_that_would_do_something_to_a_terminal_is_shown_harmless(house: Path) -> None:
    (house / "config/chats/evil.toml").write_text('[[chat]]\nthme = "\x1b[2J\u202e' + "x" * 500 + '"\n', "utf-8")

    output = said("check").output

    assert "\x1b" not in output
    assert "\u202e" not in output
    assert max(len(line) for line in output.splitlines() if line.startswith("    ")) < 120


def test_without_settings_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHATBOT_CONFIG", raising=False)

    assert "There are no settings here" in refused("check")


def test_a_chat_is_made_of_a_pasted_list(house: Path) -> None:
    result = said("new", "--theme", "Seeds")
    text = (house / "config/chats/gardenchat-2027-01-05.toml").read_text("utf-8")

    assert result.exit_code == 0
    assert "Q1: What will you sow?\nQ2: What “never” came up?\n" in result.output
    assert "Wrote config/chats/gardenchat-2027-01-05.toml." in result.output
    assert "it lacks ready = true" in result.output
    assert result.output.endswith(
        "No mistakes.\nNext: look it over in an editor, then run chatbot plan apply"
        " config/chats/gardenchat-2027-01-05.toml\n"
    )
    assert 'theme = "Seeds"\ndate = 2027-01-05\n# Nothing is posted before this says true.\nready = false' in text
    assert said("check").exit_code == 0


def test_a_blank_line_joins_no_questions_and_lines_that_were_joined_are_told(house: Path) -> None:
    apart = said("new", paste="What surprised you?\nWhat do you grow?\n\nWhat failed?\n")
    joined = said("new", "--date", "2026-12-22", paste="1. What surprised you?\nAnd why?\n2. What failed?\n")

    assert apart.output.startswith("Q1: What surprised you?\nQ2: What do you grow?\nQ3: What failed?\nWrote ")
    assert (
        "Q2: What failed?\nnote: lines were joined into one question: Q1."
        " If one holds several, put a number before each.\nWrote "
    ) in joined.output


def test_a_date_can_be_named_and_the_chat_be_ready(house: Path) -> None:
    result = said("new", "--theme", "Seeds", "--date", "2026-12-22", "--ready")

    assert result.exit_code == 0
    assert "fine: config/chats/gardenchat-2026-12-22.toml: gardenchat-2026-12-22: “Seeds”" in result.output
    assert "it lacks" not in result.output


def test_a_date_that_is_over_is_refused_unless_the_chat_is_said_to_be_past(house: Path) -> None:
    refusal = refused("new", "--theme", "Last", "--date", "2026-01-05", "--ready")

    assert refusal == (
        "2026-01-05 is over, so nothing was written:"
        " write a date that is still to come, or say --past if the chat was held then"
    )
    assert len(list((house / "config/chats").iterdir())) == 1

    past = said("new", "--theme", "Last", "--date", "2026-01-05", "--past")
    assert past.exit_code == 0
    assert "gardenchat-2026-01-05: “Last”, 05 Jan 2026 20:00 Europe/Lisbon, 2 questions, past" in past.output


def test_a_chat_of_today_is_over_once_it_has_ended(house: Path) -> None:
    with time_machine.travel("2026-12-02 20:30:00Z", tick=False):
        assert said("new", "--date", "2026-12-02").exit_code == 0
    with time_machine.travel("2026-12-03 21:00:00Z", tick=False):
        assert "2026-12-03 is over" in refused("new", "--date", "2026-12-03")


def test_a_past_chat_needs_a_date_that_is_over_and_is_never_ready(house: Path) -> None:
    assert "2026-12-22 is not over, so nothing was written: leave out --past" in refused(
        "new", "--past", "--date", "2026-12-22"
    )
    assert "no date is said" in refused("new", "--past")
    assert "leave out --ready, or --past. Nothing was written." in said("new", "--past", "--ready").output


def test_a_date_that_is_none_is_told_before_anything_else(house: Path) -> None:
    result = said("new", "--date", "05.01.2027")

    assert result.output == ""
    assert '"05.01.2027" is not a date of the calendar, so nothing was written: write year, month and day' in str(
        result.exception
    )


def test_nothing_is_written_over_without_being_asked(house: Path) -> None:
    said("new", "--date", "2027-01-05", "--theme", "Seeds")
    path = house / "config/chats/gardenchat-2027-01-05.toml"
    before = path.read_text("utf-8")

    assert "is there already and was left as it is" in refused("new", "--date", "2027-01-05")
    assert path.read_text("utf-8") == before
    assert "is in config/chats/gardenchat.toml already" in refused("new", "--date", "2026-12-01", "--overwrite")

    assert said("new", "--date", "2027-01-05", "--theme", "Weeds", "--overwrite").exit_code == 0
    assert 'theme = "Weeds"' in path.read_text("utf-8")
    assert sorted(p.name for p in path.parent.iterdir()) == ["gardenchat-2027-01-05.toml", "gardenchat.toml"]


def test_a_second_chat_on_a_day_has_a_file_of_its_own(house: Path) -> None:
    result = said("new", "--date", "2026-12-01", "--second")

    assert result.exit_code == 0
    assert (house / "config/chats/gardenchat-2026-12-01-2.toml").is_file()


@pytest.mark.parametrize(
    ("arguments", "paste", "sentence"),
    [
        ((), "", "there are no questions in what was pasted"),
        ((), "- What?\n" * 10_000, "that would be 10000 questions"),
        ((), b"1. \xff", "standard input:1: a character here is not in UTF-8"),
        (("--date", "2026-02-30"), PASTE, '"2026-02-30" is not a date of the calendar'),
        (("--date", "tomorrow"), PASTE, '"tomorrow" is not a date of the calendar'),
        (("--series", "gardenchut"), PASTE, 'there is no series "gardenchut": did you mean "gardenchat"?'),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_written(
    house: Path, arguments: tuple[str, ...], paste: str | bytes, sentence: str
) -> None:
    assert sentence in refused("new", *arguments, paste=paste)
    assert len(list((house / "config/chats").iterdir())) == 1


def test_without_a_series_there_is_nothing_to_make_a_chat_of(house: Path) -> None:
    (house / "config/chats/gardenchat.toml").unlink()

    assert "there is no series in the folder of plans" in refused("new")


def test_a_mistake_ends_the_program_with_one_and_a_sentence(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["new", "--series", "gardenchut"])

    assert ended.value.code == 1
    assert capsys.readouterr().err == 'there is no series "gardenchut": did you mean "gardenchat"?\n'


def test_the_servers_that_are_asked_besides_are_named(house: Path) -> None:
    settings = house / "config/chatbot.toml"
    settings.write_text(settings.read_text("utf-8").replace("# vantage = [", "vantage = ["), "utf-8")

    fine, *notes = said("check").output.splitlines()
    assert fine.endswith("accounts: gardenbot; asked besides: big.example, other.example; archive in config/archive")
    assert any("there is no token in config/state/other.token" in note for note in notes)


def test_a_series_without_a_contact_cannot_ask_other_servers(house: Path) -> None:
    for file, before, after in (
        ("chatbot.toml", "# vantage = [", "vantage = ["),
        ("chats/gardenchat.toml", 'contact = "', '# contact = "'),
    ):
        path = house / "config" / file
        path.write_text(path.read_text("utf-8").replace(before, after), "utf-8")

    assert "big.example, other.example cannot be asked, because nobody is named who asks" in said("check").output


def test_notifications_are_checked_without_being_sent_or_shown(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_NOTIFY", "json://127.0.0.1:9/s3cret nonsense://s3cret")
    monkeypatch.setenv("CHATBOT_HEARTBEAT", "https://hc.test/s3cret")
    result = said("check")

    assert result.exit_code == 1
    assert "settings; accounts: gardenbot; notifications by json, nonsense; heart-beat; archive in" in result.output
    assert "CHATBOT_NOTIFY:2: Apprise knows no service for the nonsense address" in result.output
    assert "s3cret" not in result.output


@pytest.mark.parametrize(
    "line",
    ['[notify]\nheartbeat = "hc.test/s3cret"', '[notify]\n"heartbeat" = 7 # s3cret', 'database="mysql://a:s3cret@b"'],
)
def test_a_mistake_in_a_line_that_may_hold_a_secret_does_not_show_it(house: Path, line: str) -> None:
    settings = house / "config" / "chatbot.toml"
    settings.write_text(line + "\n" + settings.read_text("utf-8").replace("\ndatabase =", "\n#"), "utf-8")
    result = said("check")

    assert result.exit_code == 1
    assert "config/chatbot.toml:" in result.output
    assert "s3cret" not in result.output

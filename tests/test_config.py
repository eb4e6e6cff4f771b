"""Settings and secrets: where they are looked for, what is wrong with them, and that no secret is ever shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatbot import config
from chatbot.core.errors import Mistakes

TOKEN = "s3cret-t0ken"
SETTINGS = """\
[archive]
title = "Garden"
folder = "site"
[accounts.gardenbot]
server = "a.test"
"""


def write(folder: Path, text: str = SETTINGS, name: str = "chatbot.toml") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def load(folder: Path, text: str = SETTINGS, **environment: str) -> config.Config:
    return config.load(write(folder, text), environment, run_secrets=folder / "run-secrets")


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(Mistakes) as found:
        load(folder, text)
    return [str(mistake).replace(f"{folder}/", "") for mistake in found.value.mistakes]


def secret(path: Path, text: str = TOKEN, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_the_sample_works_as_it_is() -> None:
    sample = Path(__file__).parents[1] / "config/chatbot.toml"
    loaded = config.load(str(sample), {})

    assert list(loaded.accounts) == ["gardenbot"]
    assert loaded.chats == sample.parent / "chats"
    assert [person.name for person in loaded.people] == ["Rita Fontes"]
    assert loaded.mail is None


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    loaded = load(tmp_path / "there", SETTINGS + 'token_file = "../keys/bot"\n')

    assert loaded.archive.folder == tmp_path / "there" / "site"
    assert loaded.state == tmp_path / "there" / "state"
    assert loaded.database == f"sqlite:///{tmp_path}/there/chatbot.db"
    assert loaded.accounts["gardenbot"].token_file == tmp_path / "keys" / "bot"
    assert loaded.accounts["gardenbot"].server == "https://a.test"


@pytest.mark.parametrize("url", ["sqlite:////var/lib/chat.db", "sqlite:///:memory:", "postgresql://u:p@host/db"])
def test_a_database_that_is_placed_already_stays_there(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, f'database = "{url}"').database == url
    assert load(tmp_path, DATABASE_URL=url).database == url


def test_settings_are_looked_for_in_four_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, name="config/chatbot.toml")
    assert config.find(None, {}) == tmp_path / "config/chatbot.toml"

    write(tmp_path)
    assert config.find(None, {}) == tmp_path / "chatbot.toml"

    other = write(tmp_path, name="other.toml")
    assert config.find(None, {"CHATBOT_CONFIG": other}) == tmp_path / "other.toml"
    assert config.find("chatbot.toml", {"CHATBOT_CONFIG": other}) == tmp_path / "chatbot.toml"


def test_settings_that_are_nowhere_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(config.NoSettings, match=r"no chatbot.toml or config/chatbot.toml. Run `chatbot init`"):
        config.find(None, {})
    with pytest.raises(config.NoSettings, match=r"no file x.toml, which --config names"):
        config.find("x.toml", {})
    with pytest.raises(config.NoSettings, match=r"no file y.toml, which CHATBOT_CONFIG names"):
        config.find(None, {"CHATBOT_CONFIG": "y.toml"})


@pytest.mark.parametrize("source", ["environment", "credentials", "run-secrets", "named file", "usual file"])
def test_a_token_comes_from_wherever_a_server_keeps_it(tmp_path: Path, source: str) -> None:
    environment, text = {}, SETTINGS
    match source:
        case "environment":
            environment = {"CHATBOT_TOKEN_GARDENBOT": f" {TOKEN}\n"}
        case "credentials":
            secret(tmp_path / "credentials" / "chatbot_token_gardenbot")
            environment = {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
        case "run-secrets":
            secret(tmp_path / "run-secrets" / "CHATBOT_TOKEN_GARDENBOT")
        case "named file":
            secret(tmp_path / "keys" / "bot", f"{TOKEN}\r\n")
            text += 'token_file = "keys/bot"\n'
        case "usual file":
            secret(tmp_path / "state" / "gardenbot.token")

    loaded = load(tmp_path, text, **environment)

    assert loaded.accounts["gardenbot"].token == TOKEN
    assert loaded.warnings == ()


def test_the_environment_wins_over_a_file(tmp_path: Path) -> None:
    secret(tmp_path / "state" / "gardenbot.token", "another")

    assert load(tmp_path, CHATBOT_TOKEN_GARDENBOT=TOKEN).accounts["gardenbot"].token == TOKEN


def test_an_account_without_a_token_can_still_log_in(tmp_path: Path) -> None:
    account = load(tmp_path).accounts["gardenbot"]

    assert account.token is None
    assert account.token_file == tmp_path / "state" / "gardenbot.token"


def test_no_secret_is_shown(tmp_path: Path) -> None:
    text = (
        'database = "postgresql://bot:pa55word@host/db"\n' + SETTINGS + '[mail]\nserver = "m.test"\nsender = "a@b.test"'
    )
    loaded = load(tmp_path, text, CHATBOT_TOKEN_GARDENBOT=TOKEN, CHATBOT_MAIL_PASSWORD="mail-pa55word")
    assert loaded.mail is not None
    assert loaded.mail.password == "mail-pa55word"

    shown = f"{loaded!r} {loaded} {loaded.accounts} {loaded.mail}"

    assert TOKEN not in shown
    assert "pa55word" not in shown


def test_addresses_of_notifications_and_the_heart_beat_are_found_and_never_shown(tmp_path: Path) -> None:
    secret(tmp_path / "state" / "notify", "# Rita\nntfy://s3cret-topic\ngardenchat = tgram://s3cret-bot/1\n")
    text = SETTINGS + '[notify]\naddresses_file = "state/notify"\nheartbeat = "https://hc.test/s3cret-check"\n'
    loaded = load(tmp_path, text)

    assert [one.url for one in loaded.notify.addresses] == ["ntfy://s3cret-topic", "tgram://s3cret-bot/1"]
    assert loaded.notify.heartbeat == "https://hc.test/s3cret-check"
    assert loaded.warnings == ()
    assert "s3cret" not in f"{loaded!r}"


def test_the_environment_wins_for_notifications_too(tmp_path: Path) -> None:
    secret(tmp_path / "state" / "notify", "ntfy://from-file")
    text = SETTINGS + '[notify]\naddresses_file = "state/notify"\nheartbeat = "https://hc.test/file"\n'
    told = {"CHATBOT_NOTIFY": "ntfy://a gardenchat=ntfy://b", "CHATBOT_HEARTBEAT": "https://hc.test/environment"}
    with_settings, without = load(tmp_path, text, **told).notify, load(tmp_path, **told).notify

    assert [one.url for one in with_settings.addresses] == ["ntfy://a", "ntfy://b"]
    assert with_settings == without
    assert without.heartbeat == "https://hc.test/environment"


def test_what_is_wrong_with_notifications_is_said_without_showing_them(tmp_path: Path) -> None:
    secret(tmp_path / "state" / "notify", "ntfy://s3cret-topic\nntfy s3cret-topic\n")
    text = SETTINGS + '[notify]\naddresses_file = "state/notify"\n'
    with pytest.raises(Mistakes) as heart:
        load(tmp_path, SETTINGS + '[notify]\nheartbeat = "hc.test/s3cret-check"\n')
    with pytest.raises(Mistakes) as variable:
        load(tmp_path, CHATBOT_HEARTBEAT="hc.test/s3cret-check")

    said = [*mistakes(tmp_path, text), str(heart.value), str(variable.value)]
    assert "notify:2: this is not an address" in said[0]
    assert "chatbot.toml:7: `heartbeat`: this is not an address that could be" in said[1]
    assert "the address in CHATBOT_HEARTBEAT is none that could be asked" in said[2]
    assert "s3cret" not in " ".join(said)


def test_a_file_of_addresses_that_is_not_there_is_warned_of(tmp_path: Path) -> None:
    loaded = load(tmp_path, SETTINGS + '[notify]\naddresses_file = "state/notify"\n')

    assert ["so no notification is sent" in str(warning) for warning in loaded.warnings] == [True]
    assert loaded.notify.addresses == ()


@pytest.mark.parametrize("name", ["email", "notify", "heartbeat"])
def test_a_name_that_the_program_uses_itself_is_no_account(tmp_path: Path, name: str) -> None:
    said = mistakes(tmp_path, f'[accounts.{name}]\nserver = "https://a.test"\n')

    assert f'chatbot.toml:1: "{name}" cannot be the name of an account' in said[0]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX files say who may read them")
def test_a_token_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    secret(tmp_path / "state" / "gardenbot.token", mode=0o644)
    warnings = [str(warning) for warning in load(tmp_path).warnings]

    assert len(warnings) == 1
    assert "other users of this computer can read the token" in warnings[0]
    assert "chmod 600" in warnings[0]
    assert TOKEN not in warnings[0]


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "tök", "x\0y"])
def test_a_token_that_is_none_is_refused_without_showing_it(tmp_path: Path, token: str) -> None:
    secret(tmp_path / "state" / "gardenbot.token", token)

    with pytest.raises(Mistakes) as found:
        load(tmp_path)

    assert "chatbot.toml:4: the token has characters that no token has" in str(found.value)
    assert token not in str(found.value)


def test_a_password_may_have_spaces(tmp_path: Path) -> None:
    loaded = load(tmp_path, '[mail]\nserver = "m.test"\nsender = "a@b.test"', CHATBOT_MAIL_PASSWORD="four words in it")

    assert loaded.mail is not None
    assert loaded.mail.password == "four words in it"


def test_every_mistake_is_told_in_one_round(tmp_path: Path) -> None:
    text = """\
databse = "x"
database = "mysql://bot:pa55word@host/db"
[archive]
public_url = "chat.example.org"
[accounts.gardenbot]
server = “a.test”
network = "twitter"
[accounts."garden bot"]
[[people]]
email = "rita"
[mail]
server = "m.test"
port = "587"
"""
    said = mistakes(tmp_path, text)

    assert [int(line.split(":")[1]) for line in said] == [1, 2, 4, 6, 7, 8, 9, 10, 11, 13]
    assert 'did you mean "database"?' in said[0]
    assert "pa55word" not in " ".join(said)
    assert 'cannot be "twitter": write one of mastodon' in said[4]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('server = "a.test/path"', '"a.test/path" is not the address of a server'),
        ('server = "ftp://a.test"', "is not the address of a server"),
        ('server = "https://user:pass@a.test"', "is not the address of a server"),
        ('server = ""', "is not the address of a server"),
    ],
)
def test_a_server_is_an_address_and_nothing_more(tmp_path: Path, line: str, said: str) -> None:
    assert said in mistakes(tmp_path, f"[accounts.a]\n{line}")[0]


def test_two_accounts_may_not_share_a_token(tmp_path: Path) -> None:
    said = mistakes(tmp_path, '[accounts.a-b]\nserver = "a.test"\n[accounts.a_b]\nserver = "a.test"')

    assert "would take their tokens from the same CHATBOT_TOKEN_A_B" in said[0]


def test_a_token_on_an_open_wire_is_warned_of(tmp_path: Path) -> None:
    local = load(tmp_path, '[accounts.a]\nserver = "http://127.0.0.1:3000"')
    far = load(tmp_path, '[accounts.a]\nserver = "http://a.test/"')

    assert local.warnings == ()
    assert [warning.line for warning in far.warnings] == [2]
    assert far.accounts["a"].server == "http://a.test"


def test_a_file_from_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "chatbot.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SETTINGS.replace("\n", "\r\n").encode())

    assert config.load(str(path), {}).archive.title == "Garden"


def test_a_file_that_is_not_utf_8_says_where(tmp_path: Path) -> None:
    path = tmp_path / "chatbot.toml"
    path.write_bytes(b'[archive]\ntitle = "J\xe4rdin"')

    with pytest.raises(Mistakes, match=r"chatbot.toml:2: a character here is not in UTF-8"):
        config.load(str(path), {})


# other servers


def test_other_servers_are_named_alone_or_with_the_file_of_a_token(tmp_path: Path) -> None:
    secret(tmp_path / "keys/other")
    vantage = 'vantage = ["Far.test", {server = "https://other.test:8443", token_file = "keys/other"}]'
    loaded = load(tmp_path, SETTINGS + vantage)

    asked = loaded.accounts["gardenbot"].vantage
    assert [(one.server, one.token) for one in asked] == [
        ("https://Far.test", None),
        ("https://other.test:8443", TOKEN),
    ]
    assert TOKEN not in repr(loaded)
    assert loaded.warnings == ()


def test_the_token_for_another_server_may_come_from_the_environment(tmp_path: Path) -> None:
    loaded = load(tmp_path, SETTINGS + 'vantage = ["far.test"]', CHATBOT_VANTAGE_FAR_TEST=TOKEN)

    assert loaded.accounts["gardenbot"].vantage[0].token == TOKEN


def test_a_token_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    loaded = load(tmp_path, SETTINGS + 'vantage = [{server = "far.test", token_file = "keys/far"}]')

    assert ["far.test is asked without one" in str(warning) for warning in loaded.warnings] == [True]
    assert loaded.accounts["gardenbot"].vantage[0].token is None


def test_others_who_can_read_the_token_for_another_server_are_told_of(tmp_path: Path) -> None:
    secret(tmp_path / "keys/far", mode=0o644)
    loaded = load(tmp_path, SETTINGS + 'vantage = [{server = "far.test", token_file = "keys/far"}]')

    assert ["other users of this computer" in str(warning) for warning in loaded.warnings] == [True]


@pytest.mark.parametrize(
    ("vantage", "said"),
    [
        ('"far.test"', 'write it in brackets: ["…"]'),
        ('["far test"]', "is not the address of a server"),
        ('["far.test", "https://FAR.test/"]', "stands in the list twice"),
        ('["a.test"]', "is the account's own server"),
        ('[{server = "far.test", tokn_file = "x"}]', 'did you mean "token_file"?'),
        ('[{token_file = "x"}]', "`server` is missing"),
        ("[3]", "not the number 3"),
        (str([f"{letter}.test" for letter in "bcdefghij"]).replace("'", '"'), "may hold at most 8"),
    ],
)
def test_mistakes_in_the_list_of_other_servers_are_told_with_their_line(
    tmp_path: Path, vantage: str, said: str
) -> None:
    (mistake,) = mistakes(tmp_path, SETTINGS + f"vantage = {vantage}")

    assert mistake.startswith("chatbot.toml:6: ")
    assert said in mistake

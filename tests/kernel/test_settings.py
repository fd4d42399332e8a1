import pytest
from pydantic import Field, SecretStr

from zhengtong.kernel import settings


class Mail(settings.Section):
    """Test's section."""

    host: str = Field("localhost", description="主机 | host")
    port: int = Field(25, ge=1, le=65535)
    password: SecretStr = SecretStr("")


def load(tmp_path, text="", environment=None, given=None):
    file = tmp_path / "zhengtong.toml"
    file.write_text(text)
    return settings.load({"mail": Mail}, file=file, environment=environment or {}, given=given)


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path):
    chosen = load(tmp_path, "[mail]\nport = 2525\nhost = 'a'", {"ZT_MAIL__HOST": "b"})
    assert (chosen.of(Mail).host, chosen.of(Mail).port) == ("b", 2525)
    told = {(t.section, t.key): t.source for t in chosen.told()}
    assert told["mail", "host"] == "environment"
    assert told["mail", "port"].endswith("zhengtong.toml")
    assert told["kernel", "port"] == "default"


@pytest.mark.parametrize(
    ("text", "environment", "near"),
    [
        ("[mail]\nhots = 'a'", {}, "mail.host"),
        ("[mial]\nhost = 'a'", {}, "mail"),
        ("", {"ZT_MAIL__PROT": "1"}, "mail.port"),
        ("", {"ZT_KERNEL__DATABSE": "x"}, "kernel.database"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(tmp_path, text, environment, near):
    with pytest.raises(settings.SettingsWrong, match=near):
        load(tmp_path, text, environment)


@pytest.mark.parametrize("text", ["[mail", "x = 1", "[mail]\nport = 'many'", "[mail]\nport = 70000"])
def test_a_wrong_file_or_value_is_told(tmp_path, text):
    with pytest.raises(settings.SettingsWrong):
        load(tmp_path, text)


def test_a_wrong_value_is_never_repeated_in_the_message(tmp_path):
    with pytest.raises(settings.SettingsWrong) as told:
        load(tmp_path, environment={"ZT_MAIL__PORT": "topsecret"})
    assert "mail.port" in str(told.value)
    assert "topsecret" not in str(told.value)


def test_secrets_and_passwords_in_urls_are_hidden_when_told(tmp_path):
    chosen = load(
        tmp_path, environment={"ZT_MAIL__PASSWORD": "topsecret", "ZT_KERNEL__DATABASE": "postgresql://u:topsecret@h/d"}
    )
    assert "topsecret" not in str(chosen.told())
    assert chosen.of(Mail).password.get_secret_value() == "topsecret"


def test_what_the_command_line_gives_wins(tmp_path):
    chosen = load(tmp_path, environment={"ZT_KERNEL__PORT": "1"}, given={"kernel": {"port": 2}})
    assert chosen.kernel.port == 2
    assert chosen.kernel.address == "http://localhost:2"

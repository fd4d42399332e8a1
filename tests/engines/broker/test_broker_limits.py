"""What is bounded, refused, thrown away, or must be secret."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from tests.engines.broker.conftest import KAFKA, numbered
from tests.engines.broker.effects import effects, leave
from tools import kafka
from zhengtong import engines
from zhengtong.engines import open_broker
from zhengtong.engines.broker import BrokerAway, BrokerRefused, BrokerSettings, Message, MessagesGone
from zhengtong.kernel import clock

ROOT = Path(__file__).parents[3]
GROWTH_MB = {"in_process": 25, "kafka": 40}
OFF_LOOPBACK = {"engine": "kafka", "servers": "127.0.0.1:9092,10.1.2.3:9092", "security": "plaintext"}


@pytest.mark.soak
def test_a_slow_handler_does_not_let_memory_grow(broker, topic, database, engine):
    """120 MB wait; the consumer may hold 2 MB ahead and one batch."""
    for _ in range(60):
        broker.append(topic, [Message(bytes(20_000), f"key {n}".encode()) for n in range(100)])
    url = database.url.render_as_string(hide_password=False)
    told = [sys.executable, "-m", "tests.engines.broker.greedy", url, engine, KAFKA, topic, "2048"]
    grown, turns = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert int(turns) > 5
    assert int(grown) < GROWTH_MB[engine]


def test_our_own_log_forgets_what_is_older_than_is_kept_and_says_so(database, bell):
    broker = open_broker(BrokerSettings(keep_days=2), database, bell)
    broker.create_topic("old", partitions=1)
    long_ago = datetime(2026, 3, 1, tzinfo=UTC)
    with clock.fixed(long_ago):
        broker.append("old", numbered(20))
        assert broker.consumer("early", ["old"], leave).drain(idle_s=0.1) == 20
        broker.consumer("behind", ["old"], lambda s, m: leave(s, m[:0]), start="earliest")._start_at(
            next(iter(broker.ends("old"))), broker.ends("old")[next(iter(broker.ends("old")))]
        )
    with clock.fixed(long_ago + timedelta(days=3)):
        again = open_broker(BrokerSettings(keep_days=2), database, bell)
        again.append("old", numbered(1))
        assert list(again.ends("old").values()) == [(20, 21)]
        assert again.consumer("early", ["old"], leave).drain(idle_s=0.1) == 1
        assert again.consumer("new", ["old"], leave).drain(idle_s=0.1) == 1
        with pytest.raises(MessagesGone, match="20"):
            again.consumer("behind", ["old"], leave).drain()
    assert len(effects(database)) == 22


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"engine": "kafka"}, "servers"),
        (OFF_LOOPBACK, "insecure"),
        ({"engine": "rabbit"}, "kafka"),
        ({"partitions": 0}, "partitions"),
        ({"max_message_bytes": 10}, "max_message_bytes"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(given, why):
    with pytest.raises(ValidationError, match=why):
        BrokerSettings(**given)


def test_plaintext_over_the_network_must_be_said_twice():
    assert BrokerSettings(**OFF_LOOPBACK, insecure=True).insecure
    assert BrokerSettings(**{**OFF_LOOPBACK, "servers": "localhost:9092,127.0.0.1:9093"})


def test_the_driver_is_loaded_only_when_kafka_is_chosen():
    program = "import sys, zhengtong.app, zhengtong.engines; print([m for m in sys.modules if 'confluent' in m])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_missing_driver_is_told_with_its_extra(here, monkeypatch):
    monkeypatch.setattr(engines.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(engines.DriverAbsent, match="kafka"):
        open_broker(BrokerSettings(engine="kafka", servers="127.0.0.1:1", security="plaintext"), *here)


def test_a_cluster_that_is_not_there_is_told_in_time(here):
    pytest.importorskip("confluent_kafka")
    chosen = BrokerSettings(engine="kafka", servers="127.0.0.1:9", security="plaintext", timeout_s=2)
    with pytest.raises(BrokerAway):
        open_broker(chosen, *here).append("told", numbered(1))


def certificate(folder):
    """A certificate for 127.0.0.1 that signs itself: its file, and one with its key before it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "ca.pem").write_bytes(made)
    (folder / "both.pem").write_bytes(private + made)
    return folder / "ca.pem", folder / "both.pem"


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_cluster_with_tls_and_passwords_takes_us_with_the_right_one_only(tmp_path, here):
    database, bell = here
    if not KAFKA:
        pytest.skip("no Kafka here: run `make engines`")
    ca, both = certificate(tmp_path)
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule required user_city='open sesame';"
    home = tmp_path / "kafka"
    server = kafka.start(
        home,
        more={
            "listeners": "BROKER://127.0.0.1:{inner},SECURE://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": "BROKER://127.0.0.1:{inner},SECURE://127.0.0.1:{port}",
            "listener.security.protocol.map": "BROKER:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.secure.plain.sasl.jaas.config": plain,
            "listener.name.secure.ssl.keystore.type": "PEM",
            "listener.name.secure.ssl.keystore.location": str(both),
        },
    )
    try:
        given = {"engine": "kafka", "servers": server, "mechanism": "PLAIN", "user": "city", "timeout_s": 15}
        right = open_broker(BrokerSettings(**given, ca_file=ca, password="open sesame"), database, bell)
        right.create_topic("secret")
        right.append("secret", numbered(5))
        assert right.consumer("g", ["secret"], leave).drain(idle_s=4) == 5
        given["timeout_s"] = 4
        with pytest.raises(BrokerRefused, match="(?i)authentication"):
            open_broker(BrokerSettings(**given, ca_file=ca, password="wrong"), database, bell).append(
                "secret", numbered(1)
            )
        with pytest.raises(BrokerAway, match="(?i)certificate"):
            open_broker(BrokerSettings(**given, password="open sesame"), database, bell).append("secret", numbered(1))
    finally:
        kafka.remove(home)

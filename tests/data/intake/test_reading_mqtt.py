"""MQTT over a real broker: what came while we were away is taken, kept before it is acknowledged, and taken once."""

import asyncio
import json
import threading
import time

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import arriving, drains, mqtt
from zhengtong.data.intake.rules import kinds
from zhengtong.kernel.db import new_id

HERE = ["127.0.0.0/8"]
USER, PASSWORD = "zt", "s3cret-word"


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """A broker of this module's own; only `zt` with the right password gets in."""
    from amqtt.broker import Broker
    from pwdlib.hashers.argon2 import Argon2Hasher

    passwords = tmp_path_factory.mktemp("mqtt") / "passwords"
    passwords.write_text(f"{USER}:{Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)}\n")

    ready, stop, told = threading.Event(), threading.Event(), []

    async def serve():
        config = {
            "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:0"}},
            "plugins": {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(passwords)}},
        }
        broker = Broker(config)
        await broker.start()
        server = next(iter(broker._servers.values()))
        told.append(server.instance.sockets[0].getsockname()[1])
        ready.set()
        while not stop.is_set():
            await asyncio.sleep(0.02)
        await broker.shutdown()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    yield told[0]
    stop.set()
    thread.join(20)


def told(port, topic, **more):
    return kinds.Mqtt(host="127.0.0.1", port=port, tls=False, topic=topic, user=USER, **more)


@pytest.fixture
def topic():
    return f"sensors/{new_id().hex[-8:]}"


def publish(port, topic, payloads):
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(USER, PASSWORD)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for payload in payloads:
        client.publish(topic, payload, qos=1).wait_for_publish(20)
    client.disconnect()
    client.loop_stop()


def reading(number):
    return json.dumps({"device": f"S{number:03}", "value": number}).encode()


def one_round(port, topic, data, source, previous=None, most=1000):
    into = drains.Drain(data, source, new_id=new_id, previous=previous)
    with mqtt.connected(told(port, topic), PASSWORD, HERE, client_id=f"zt-{source.hex[-8:]}", kept=True) as line:
        drains.drain(line, into, most=most, idle_s=0.4, stop=lambda: False)
    return into


def devices(port, topic, *intos):
    chunks = drains.MessagesReader(told(port, topic), [one.path for one in intos]).chunks(None)
    return [row["device"] for chunk in chunks for row in chunk.rows.to_pylist()]


def test_what_comes_while_we_are_away_is_taken_once_at_the_next_look(port, topic, tmp_path):
    source = new_id()
    first = one_round(port, topic, tmp_path, source)
    assert first.messages == 0
    publish(port, topic, [reading(n) for n in range(60)])
    taken = one_round(port, topic, tmp_path, source)
    assert taken.id == first.id
    taken.close()
    assert devices(port, topic, taken) == [f"S{n:03}" for n in range(60)]
    assert one_round(port, topic, tmp_path, source, previous=taken.id).messages == 0


def test_what_was_kept_but_not_acknowledged_is_not_taken_twice(port, topic, tmp_path):
    source = new_id()
    one_round(port, topic, tmp_path, source)
    publish(port, topic, [reading(1), reading(2), reading(2)])
    into = drains.Drain(tmp_path, source, new_id=new_id, previous=None)
    with mqtt.connected(told(port, topic), PASSWORD, HERE, client_id=f"zt-{source.hex[-8:]}", kept=True) as line:
        into.keep(line.take(idle_s=0.4, limit=100))  # and killed here
    again = one_round(port, topic, tmp_path, source)
    assert again.id == into.id
    assert devices(port, topic, again) == ["S001", "S002", "S002"]


def test_messages_marked_as_sent_before_are_kept_when_we_do_not_have_them(tmp_path):
    into = drains.Drain(tmp_path, new_id(), new_id=new_id, previous=None)
    heard = [mqtt.Heard("t", reading(n), n, 1, True) for n in (1, 2, 2)]
    into.keep(heard)
    assert into.messages == 3


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_line_that_was_cut_off_by_a_power_failure_is_dropped_and_comes_again(tmp_path, cut):
    source = new_id()
    into = drains.Drain(tmp_path, source, new_id=new_id, previous=None)
    into.keep([mqtt.Heard("t", reading(n), n, 1, False) for n in range(5)])
    whole = into.path.read_bytes()
    into.path.write_bytes(whole[:-cut])
    after = drains.Drain(tmp_path, source, new_id=new_id, previous=None)
    assert (after.id, after.messages) == (into.id, 4)
    after.keep([mqtt.Heard("t", reading(n), n, 1, True) for n in range(5)])
    assert after.path.read_bytes() == whole


def test_what_came_again_after_its_round_was_closed_is_known_from_the_round_before(tmp_path):
    source = new_id()
    into = drains.Drain(tmp_path, source, new_id=new_id, previous=None)
    into.keep([mqtt.Heard("t", reading(n), n, 1, False) for n in range(3)])
    into.close()
    after = drains.Drain(tmp_path, source, new_id=new_id, previous=into.id)
    after.keep([mqtt.Heard("t", reading(n), n, 1, True) for n in (1, 2, 3)])
    assert after.messages == 1


def test_a_message_that_is_no_row_waits_apart(port, topic, tmp_path):
    into = drains.Drain(tmp_path, new_id(), new_id=new_id, previous=None)
    into.keep([mqtt.Heard("t", payload, 1, 1, False) for payload in (reading(1), b"\xff", b"3", reading(2), b"")])
    (chunk,) = drains.MessagesReader(told(port, topic), [into.path]).chunks(None)
    assert chunk.rows.num_rows == 2
    assert [bad.line for bad in chunk.bad] == [2, 3]
    assert chunk.rows.schema.names == ["topic", "device", "value"]


def test_rounds_are_read_on_from_any_cursor(port, topic, tmp_path):
    into = drains.Drain(tmp_path, new_id(), new_id=new_id, previous=None)
    into.keep([mqtt.Heard("t", reading(n), 1, 1, False) for n in range(50)])
    chunks = list(drains.MessagesReader(told(port, topic), [into.path], chunk_rows=20).chunks(None))
    for at, chunk in enumerate(chunks):
        rest = drains.MessagesReader(told(port, topic), [into.path]).chunks(chunk.cursor)
        read = [row["device"] for one in [*chunks[: at + 1], *rest] for row in one.rows.to_pylist()]
        assert read == [f"S{n:03}" for n in range(50)]


def test_a_trial_listens_and_keeps_nothing(port, topic):
    stop = threading.Event()

    def talk():
        until = time.monotonic() + 90
        while not stop.is_set() and time.monotonic() < until:
            publish(port, topic, [reading(7)])

    talking = threading.Thread(target=talk, daemon=True)
    talking.start()
    reader = mqtt.TrialReader(told(port, topic), PASSWORD, HERE)
    (chunk,) = reader.chunks(None, limit=3)
    stop.set()
    talking.join(30)
    assert chunk.rows.to_pylist()[0] == {"topic": topic, "device": "S007", "value": "7"}


def test_a_broker_that_is_away_is_told():
    with pytest.raises(errors.SourceAway), mqtt.connected(told(9, "t"), PASSWORD, HERE, client_id="x", kept=False):
        pass


def test_a_wrong_password_is_told_and_not_shown(port):
    wrong = mqtt.connected(told(port, "t"), "wrong-word", HERE, client_id="x", kept=False)
    with pytest.raises(errors.LoginRefused) as refused, wrong:
        pass
    assert "wrong-word" not in str(refused.value)


def test_a_broker_on_this_machine_is_not_called_unless_allowed(port):
    with pytest.raises(errors.SourceAddressRefused), mqtt.connected(told(port, "t"), "", [], client_id="x", kept=False):
        pass


def test_arrivals_lie_under_the_data_folder_whatever_their_id(tmp_path):
    with pytest.raises(ValueError, match="hexadecimal"):
        arriving.kept_path(tmp_path, "../../etc/passwd")

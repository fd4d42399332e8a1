"""The engines: one port a kind, its adapters behind it. `open_engines` is the only place that chooses one."""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from zhengtong.engines import broker, crypto, files, mail, sms
from zhengtong.engines.broker import consuming, in_process
from zhengtong.kernel import errors, wake
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings

SECTIONS: Mapping[str, type[BaseModel]] = {
    "broker": broker.BrokerSettings,
    "crypto": crypto.CryptoSettings,
    "files": files.FilesSettings,
    "mail": mail.MailSettings,
    "sms": sms.SmsSettings,
}


class DriverAbsent(errors.Unavailable):
    zh = "引擎 {engine} 需要另行安装：pip install 'zhengtong[{extra}]'。"
    en = "The engine {engine} needs: pip install 'zhengtong[{extra}]'."


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of this installation, opened."""

    keyring: crypto.Keyring
    crypto: crypto.Crypto
    files: files.Files
    mail: mail.Mail
    sms: sms.Sms


def open_engines(settings: Settings) -> Engines:
    """This will open each engine as the settings choose. Raises CryptoAbsent, SelfTestFailed, RootKeyUnsafe, RootKeyAbsent,
    DriverAbsent."""
    engine = open_crypto(settings.of(crypto.CryptoSettings))
    return Engines(
        crypto=engine,
        keyring=open_keyring(settings, engine),
        files=open_files(settings.of(files.FilesSettings)),
        mail=open_mail(settings.of(mail.MailSettings), settings.kernel.data),
        sms=open_sms(settings.of(sms.SmsSettings)),
    )


def open_crypto(chosen: crypto.CryptoSettings) -> crypto.Crypto:
    """This will open the 国密 engine and have it compute the standards' vectors. Raises CryptoAbsent, SelfTestFailed, DriverAbsent."""
    from zhengtong.engines.crypto import vectors

    if chosen.engine == "tongsuo":
        engine: crypto.Crypto = _tongsuo()
    else:
        engine = _libcrypto_or_tongsuo(chosen)
    vectors.self_test(engine)
    return engine


def crypto_checks(engine: crypto.Crypto) -> list[tuple[str, bool]]:
    """Each standard's vector and whether the engine agrees: the doctor's rows."""
    from zhengtong.engines.crypto import vectors

    return [(check.name, check.passed) for check in vectors.check_vectors(engine)]


def root_key_of(settings: Settings) -> Path:
    """Where the root key file is: as set, else beside the data folder."""
    data = settings.kernel.data
    return settings.of(crypto.CryptoSettings).root_key or data.absolute().with_name(f"{data.absolute().name}.root.key")


def open_keyring(settings: Settings, engine: crypto.Crypto) -> crypto.Keyring:
    """This will open the root key file, making it on first use. Raises RootKeyUnsafe, RootKeyAbsent, KeyUnknown."""
    from zhengtong.engines.crypto import keyring

    return keyring.open_keyring(engine, root_key_of(settings), settings.kernel.data)


def open_files(chosen: files.FilesSettings) -> files.Files:
    """This will open the reader and writer of tables."""
    from zhengtong.engines.files import local

    return local.open_local(chosen)


def open_mail(chosen: mail.MailSettings, data: Path) -> mail.Mail:
    """This will open the post."""
    if chosen.engine == "smtp":
        from zhengtong.engines.mail import smtp

        return smtp.open_smtp(chosen)
    from zhengtong.engines.mail import folder

    return folder.open_folder(chosen, chosen.folder or data / "mail")


def open_sms(chosen: sms.SmsSettings) -> sms.Sms:
    """This will open the carrier."""
    if chosen.engine == "http":
        from zhengtong.engines.sms import http

        return http.open_http(chosen)
    from zhengtong.engines.sms import log

    return log.open_log(chosen)


def open_broker(chosen: broker.BrokerSettings, database: Database, bell: wake.Wake) -> broker.Broker:
    """This will open the log, and consumers whose place is kept in the database. Raises DriverAbsent."""
    if chosen.engine == "kafka":
        if importlib.util.find_spec("confluent_kafka") is None:
            raise DriverAbsent(engine="kafka", extra="kafka")
        from zhengtong.engines.broker import kafka

        return consuming.open_consuming(kafka.open_kafka(chosen), database, chosen)
    return consuming.open_consuming(in_process.open_in_process(chosen, database, bell), database, chosen)


def _libcrypto_or_tongsuo(chosen: crypto.CryptoSettings) -> crypto.Crypto:
    from zhengtong.engines.crypto import libcrypto

    try:
        return libcrypto.open_libcrypto(chosen.libcrypto)
    except crypto.CryptoAbsent:
        if chosen.engine == "libcrypto" or chosen.libcrypto or importlib.util.find_spec("tongsuopy") is None:
            raise
    return _tongsuo()


def _tongsuo() -> crypto.Crypto:
    if importlib.util.find_spec("tongsuopy") is None:
        raise DriverAbsent(engine="tongsuo", extra="tongsuo")
    from zhengtong.engines.crypto import tongsuo

    return tongsuo.open_tongsuo()

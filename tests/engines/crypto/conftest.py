"""Every adapter that is present; the embedded one (libcrypto) is the oracle."""

import importlib.util

import pytest

from zhengtong.engines import crypto
from zhengtong.engines.crypto import libcrypto

NAMES = ("libcrypto", "tongsuo")


def opened(name: str) -> crypto.Crypto:
    if name == "libcrypto":
        return libcrypto.open_libcrypto(None)
    if importlib.util.find_spec("tongsuopy") is None:
        pytest.skip("tongsuopy is not installed: pip install 'zhengtong[tongsuo]'")
    from zhengtong.engines.crypto import tongsuo

    return tongsuo.open_tongsuo()


@pytest.fixture(scope="session", params=NAMES)
def engine(request: pytest.FixtureRequest) -> crypto.Crypto:
    return opened(request.param)


@pytest.fixture(scope="session")
def oracle() -> crypto.Crypto:
    return opened("libcrypto")

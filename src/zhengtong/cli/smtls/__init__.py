"""`smtls`: the 国密 front. TLS 1.3 by RFC 8998 (TLS_SM4_GCM_SM3, curveSM2, sm2sig_sm3) in, the city's own port behind it.

A process of its own, because OpenSSL's configuration holds for a whole process: with it nothing else here could speak ordinary TLS.
It is TLS 1.3 with one certificate, not TLCP (GB/T 38636, two certificates), which needs another front.
"""

import importlib.util
import os
import sys
from pathlib import Path

from zhengtong.cli.errors import SmtlsAbsent
from zhengtong.cli.smtls.asked import Asked

CONFIGURATION = Path(__file__).with_name("openssl.cnf")
_VARIABLE = "OPENSSL_CONF"

__all__ = ["Asked", "front"]


def front(asked: Asked) -> None:
    """This will serve until SIGINT or SIGTERM; the process begins anew where OpenSSL is not configured yet. Raises SmtlsAbsent."""
    if importlib.util.find_spec("OpenSSL") is None:
        raise SmtlsAbsent()
    if os.environ.get(_VARIABLE) != str(CONFIGURATION):
        os.environ[_VARIABLE] = str(CONFIGURATION)
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", "zhengtong", *sys.argv[1:]])  # noqa: S606 - this very command
    from zhengtong.cli.smtls import serving

    serving.serve(asked)

"""`ca`: a small certificate authority for SM2 certificates (GB/T 20518 form), in a folder of its own.

For a city that has none yet, and for trials. A city's own authority, or a licensed one, is used by handing its files to `smtls` instead.
"""

from zhengtong.cli.authority.folder import Authority, Issued, Wanted

__all__ = ["Authority", "Issued", "Wanted"]

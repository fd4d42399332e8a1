"""Which addresses a source may be reached at: the city's networks and the world, but not this machine or its cloud's own."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_CARRIER = ip_network("100.64.0.0/10")


def is_refused(address: str, allowed: Sequence[str] = ()) -> bool:
    """True for loopback, link-local (cloud metadata), carrier-internal, multicast and reserved addresses not in `allowed` networks.

    >>> is_refused("10.2.3.4"), is_refused("127.0.0.1"), is_refused("169.254.169.254"), is_refused("::ffff:127.0.0.1")
    (False, True, True, True)
    >>> is_refused("127.0.0.1", ["127.0.0.0/8"])
    False
    """
    ip = _unwrapped(ip_address(address.partition("%")[0]))
    if any(ip in ip_network(network, strict=False) for network in allowed):
        return False
    carrier = isinstance(ip, IPv4Address) and ip in _CARRIER
    return carrier or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64)."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in ip_network("64:ff9b::/96"):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip

"""The rule packs of agreements, read once: rules/agreements/*.yaml, and the policies by version."""

from functools import cache
from typing import Any

from zhengtong.kernel import assets
from zhengtong.kernel.errors import Words
from zhengtong.sharing.agreements import errors, rules

POLICY = "1"


@cache
def pack(name: str) -> dict[str, Any]:
    """A pack as it is written."""
    told: dict[str, Any] = assets.load_yaml((assets.path("rules") / "agreements" / f"{name}.yaml").read_text("utf-8"))
    return told


@cache
def course() -> rules.Course:
    """The table of states and deeds of an application."""
    return rules.read_course(pack("applications"))


@cache
def policy(version: str = POLICY) -> rules.Policy:
    """One version of the contract's policies. Raises PolicyUnknown."""
    place = assets.path("rules") / "agreements" / f"policy-{version}"
    if not version.isdigit() or not place.is_dir():
        raise errors.PolicyUnknown(version=version)
    told = assets.load_yaml((place / "words.yaml").read_text("utf-8"))
    return rules.Policy.of(told["version"], (place / "contract.cedar").read_text("utf-8"), told["conditions"])


def redecide(inputs: bytes, policy_version: str) -> str:
    """The outcome of a past decision, from its inputs alone: `allow`, or `deny:` and the conditions not met.

    Raises PolicyUnknown, and ValueError when these are not the inputs of a decision.
    """
    return rules.redecide(policy(policy_version), inputs)


@cache
def purposes() -> dict[str, Words]:
    """What data may be asked for, by code."""
    return {code: Words(one["zh"], one["en"]) for code, one in pack("purposes")["purposes"].items()}


def disclosure(purpose: str) -> dict[str, Any]:
    """When the person concerned sees a use for this purpose: `show` at_once, delayed (`days`) or withheld (`basis`)."""
    found: dict[str, Any] = pack("purposes")["purposes"].get(purpose, {}).get("disclosure", {"show": "at_once"})
    return found


def points(*, personal: bool, by: str) -> list[str]:
    """The points of the security checklist that this side confirms."""
    told = pack("checklist")["points"]
    return [key for key, one in told.items() if one["by"] == by and (personal or not one.get("personal"))]


def point_words(key: str) -> Words:
    """A point of the checklist in words."""
    one = pack("checklist")["points"][key]
    return Words(one["zh"], one["en"])

"""What docs/reference/service-accounts.md tells other programmers is what we do."""

from pathlib import Path

import pytest

from zhengtong.office.identity.rules import signatures

from .conftest import City

DOCS = Path(__file__).parents[4] / "docs" / "reference"
BODY = '{"name":"茶"}'.encode()


@pytest.mark.parametrize("page", ["service-accounts.md", "service-accounts.en.md"])
def test_the_example_in_the_manual_checks(city: City, page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    block = next(part for part in text.split("```text\n") if part.startswith("ZT-HMAC-SM3-2\nPOST"))
    lines = block.split("\n```")[0].split("\n")
    digest = city.crypto.sm3(BODY).hex()
    assert lines[6] == digest
    call = signatures.Call(lines[3], lines[4], lines[5], digest, "")
    assert signatures.call_text(lines[1], lines[2], call, lines[7:]) == "\n".join(lines).encode()
    assert city.crypto.hmac_sm3(bytes(range(32)), "\n".join(lines).encode()).hex() in text
    assert city.crypto.sm3(b"").hex() in text
    assert f"Authorization: {signatures.SCHEME} session=" in text


@pytest.mark.parametrize("page", ["service-accounts.md", "service-accounts.en.md"])
def test_the_opening_in_the_manual_has_the_lines_we_check(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    block = next(part for part in text.split("```text\n") if part.startswith(signatures.OPENING))
    named = [line.strip("<>").split("，")[0].split(",")[0] for line in block.split("\n```")[0].split("\n")[2:]]
    assert named == ["system", "key", "time", "nonce"]

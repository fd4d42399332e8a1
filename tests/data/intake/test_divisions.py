"""The first real source: all divisions of the country through intake into the lake, and from there the codes values are judged by."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.data.intake import place
from zhengtong.data import catalogue, intake, standards
from zhengtong.data.intake.actions import divisions
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.office.identity import law_day

WITHOUT_COUNTIES = 3  # 东莞、中山、儋州: each is its own county, under one code


@pytest.mark.slow
def test_counties_and_townships_land_and_become_codes(database_url: str, tmp_path: Path) -> None:
    city = place.open_city(database_url, tmp_path)
    givens = city.site.givens
    run = divisions.load_divisions(city.database, SYSTEM, place.found(city), givens, now=clock.now())
    city.workers.drain()
    run = place.told(city, run.id)
    assert (run.state, run.rows_quarantined, run.reason) == (intake.RunState.LANDED, 0, None)
    with city.database.read() as session:
        item = session.scalars(select(catalogue.Item)).one()
    levels = Counter(place.table_of(city, item.id)["level"].to_pylist())
    assert (levels["county"] + WITHOUT_COUNTIES, levels["township"]) == (2978, 41352)
    assert divisions.publish_divisions(city.database, SYSTEM, givens, now=clock.now()) == 1
    with city.database.read() as session:
        valid = standards.valid_codes("gbt-2260", on=law_day(NOW))
        found = session.scalars(valid.where(standards.Code.code == "110101001")).one()
    assert (found.name_zh, found.parent) == ("东华门街道", "110101")
    city.close()

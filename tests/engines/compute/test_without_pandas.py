"""The core has no pandas: what the lake keeps is written, read and computed without it. (It costs 45 MB of a city at rest.)"""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
class NoPandas:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pandas":
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, NoPandas())
from pathlib import Path
import pyarrow as pa
from zhengtong import engines
from zhengtong.engines.compute import ComputeSettings
from zhengtong.engines.lake import LakeSettings
data = Path(sys.argv[1])
lake = engines.open_lake(LakeSettings(), data)
rows = pa.table({"name": ["甲", None], "number": [1, 2]})
lake.create("items/a", rows.schema)
lake.append("items/a", rows)
compute = engines.open_compute(ComputeSettings(), lake, data)
with compute.session() as work:
    table = work.table("items/a")
    found = work.run(table.filter(table.number > 1).select("name", doubled=table.number * 2))
print(found.to_pylist(), "pandas" in sys.modules)
"""


def test_the_lake_and_its_engine_work_without_pandas(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[{'name': None, 'doubled': 4}] False", done.stderr

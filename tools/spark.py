"""What Spark needs to read and write Delta tables: jars by Maven's or Ivy's own defaults, for the tests and for `compute.jars`.

Standard library only. The wheel of PySpark brings Spark itself; jars that it has already are not kept twice.
"""

import re
import shutil
import subprocess
from pathlib import Path

from tools import kafka
from tools.told import ROOT, RUN, Stop, say

SPARK = "ZT_TEST_SPARK"
GROUP, ARTIFACT, VERSION = "io.delta", "delta-spark_4.0_2.13", "4.4.0"
JARS = RUN / f"spark-jars-{VERSION}"
POM = f"""<project><modelVersion>4.0.0</modelVersion><groupId>zhengtong</groupId><artifactId>spark</artifactId><version>1</version>
<dependencies><dependency><groupId>{GROUP}</groupId><artifactId>{ARTIFACT}</artifactId><version>{VERSION}</version></dependency></dependencies>
</project>
"""


def fetch() -> Path:
    """The jars, brought once. Raises Stop."""
    if (JARS / "whole").exists():
        return JARS
    if not _pyspark():
        raise Stop(
            "没有 PySpark，请运行 make test 或 pip install 'zhengtong[spark]'。", "PySpark is not here; run make test."
        )
    say(f"取 Spark 的 Delta {VERSION}（约 15 MB）。", f"Fetching Delta {VERSION} for Spark (about 15 MB).")
    shutil.rmtree(JARS, ignore_errors=True)
    JARS.mkdir(parents=True)
    command = _maven() or _ivy()
    with (RUN / "engines.log").open("ab") as log:
        done = subprocess.run(command, stdout=log, stderr=log, cwd=JARS, check=False)  # noqa: S603 - our own command
    if done.returncode or not list(JARS.glob(f"{ARTIFACT}-*.jar")):
        shutil.rmtree(JARS, ignore_errors=True)
        raise Stop("取 Delta 失败，详见 .run/engines.log。", "Fetching Delta failed; see .run/engines.log.")
    _drop_what_spark_has()
    (JARS / "whole").touch()
    return JARS


def _pyspark() -> Path | None:
    return next(iter(ROOT.glob(".venv/lib/python*/site-packages/pyspark/jars")), None)


def _maven() -> list[str] | None:
    mvn = shutil.which("mvn")
    if mvn is None:
        return None
    (JARS / "pom.xml").write_text(POM, "utf-8")
    return [mvn, "-B", "-q", "dependency:copy-dependencies", f"-DoutputDirectory={JARS}", "-DincludeScope=runtime"]


def _ivy() -> list[str]:
    found = kafka.ivy(GROUP, ARTIFACT, VERSION, f"{JARS}/[artifact]-[revision].[ext]")
    if found is None:
        raise Stop("没有 Maven，请安装 maven 后重试。", "Maven is not here; install maven and try again.")
    return found


def _drop_what_spark_has() -> None:
    there = {_artifact(jar) for jar in (_pyspark() or JARS).glob("*.jar")}
    for jar in JARS.glob("*.jar"):
        if _artifact(jar) in there:
            jar.unlink()


def _artifact(jar: Path) -> str:
    """The name without its version.

    >>> _artifact(Path("delta-storage-4.4.0.jar"))
    'delta-storage'
    """
    return re.sub(r"-\d[\w.-]*$", "", jar.stem)

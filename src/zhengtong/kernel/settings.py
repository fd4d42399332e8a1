"""Settings: one Pydantic section a room or engine, from a TOML file and the environment (`ZT_SECTION__KEY`), checked at start.

The environment wins over the file, the file over the default. An unknown key is refused with the nearest known one.
"""

import difflib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic import Field as Setting

PREFIX = "ZT_"
CONFIG = "ZT_CONFIG"
FILE = "zhengtong.toml"
IGNORED = ("ZT_CONFIG", "ZT_TEST_", "ZT_BENCH_")
BaseModel.model_config["defer_build"] = (
    True  # every model of the rooms is worked out at its first use, not at the start
)


class Section(BaseModel):
    """A room's settings; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Kernel(Section):
    """The program itself."""

    data: Path = Setting(Path("data"), description="数据目录 | folder of the database and all kept files")
    database: str = Setting(
        "", description="数据库地址，空为数据目录内的 SQLite | database URL; empty: SQLite in the data folder"
    )
    host: str = Setting("127.0.0.1", description="监听地址 | address to bind")
    port: int = Setting(8600, ge=0, le=65535, description="监听端口 | port to bind")
    public_url: str = Setting(
        "", description="对外网址，空为 http://localhost:端口 | address people type; empty: http://localhost:port"
    )
    city: str = Setting("云溪市", description="城市名称 | the city's name")
    city_en: str = Setting("Yunxi", description="城市英文名 | the city's name in English")
    city_code: str = Setting("990000", pattern=r"^\d{6}$", description="城市区划代码 | the city's GB/T 2260 code")
    log: Literal["json", "pretty"] = Setting("json", description="日志格式 | shape of the logs")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Setting(
        "INFO", description="日志级别 | least level logged"
    )
    workers: int = Setting(2, ge=0, le=64, description="后台任务线程数 | threads that run jobs")
    telemetry_url: str = Setting("", description="OpenTelemetry 收集地址 | OTLP/HTTP collector; empty: off")
    demo: bool = Setting(False, description="演示模式 | demo accounts, loopback only")

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'zhengtong.sqlite'}"

    @property
    def address(self) -> str:
        return self.public_url or f"http://localhost:{self.port}"


@dataclass(frozen=True, slots=True)
class Told:
    """One setting as it stands: where its value comes from, and the value with secrets hidden."""

    section: str
    key: str
    value: str
    source: str
    description: str


class SettingsWrong(Exception):
    """A setting is unknown or has a wrong value; the sentence (中文 | English) says which and what to do."""


S = TypeVar("S", bound=BaseModel)


class Settings:
    """The checked settings of all sections."""

    def __init__(self, sections: Mapping[str, BaseModel], sources: Mapping[tuple[str, str], str]) -> None:
        self._sections = sections
        self._sources = sources

    @property
    def kernel(self) -> Kernel:
        return self.of(Kernel)

    def of(self, model: type[S]) -> S:
        """The section of this type."""
        for section in self._sections.values():
            if isinstance(section, model):
                return section
        raise KeyError(f"no settings section {model.__name__}")

    def told(self) -> list[Told]:
        """Every setting, its value (secrets hidden) and where it comes from."""
        rows = []
        for name, section in self._sections.items():
            for key, field in type(section).model_fields.items():
                value = getattr(section, key)
                shown = ("***" if value.get_secret_value() else "") if isinstance(value, SecretStr) else _shown(value)
                source = self._sources.get((name, key), "default")
                rows.append(Told(name, key, shown, source, field.description or ""))
        return rows


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel):
        return value.model_dump_json()
    text = str(value)
    if "://" in text and "@" in text:
        scheme, rest = text.split("://", 1)
        return f"{scheme}://***@{rest.rsplit('@', 1)[1]}"
    return text


def load(
    models: Mapping[str, type[BaseModel]],
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: Mapping[str, Mapping[str, Any]] | None = None,
) -> Settings:
    """This will read, merge and check the settings of `models` (section name → model; `kernel` is added).

    `given` (from a command line or a test) wins over all. Raises SettingsWrong.
    """
    environment = os.environ if environment is None else environment
    models = {"kernel": Kernel, **models}
    file = file or (Path(environment[CONFIG]) if CONFIG in environment else Path(FILE))
    values: dict[str, dict[str, Any]] = {name: {} for name in models}
    sources: dict[tuple[str, str], str] = {}
    layers = ((str(file), _from_file(file)), ("environment", _from_environment(environment)), ("command", given or {}))
    for source, layer in layers:
        for section, entries in layer.items():
            if section not in models:
                raise SettingsWrong(_unknown(section, list(models), source))
            for key, value in entries.items():
                if key not in models[section].model_fields:
                    raise SettingsWrong(_unknown(f"{section}.{key}", _keys(models), source))
                values[section][key] = value
                sources[section, key] = source
    return Settings({name: _checked(name, model, values[name], sources) for name, model in models.items()}, sources)


def _keys(models: Mapping[str, type[BaseModel]]) -> list[str]:
    return [f"{name}.{key}" for name, model in models.items() for key in model.model_fields]


def _unknown(key: str, known: list[str], source: str) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
    zh = f"，是不是 {near[0]}？" if near else "。"
    en = f"; did you mean {near[0]}?" if near else "."
    return f"不认识的设置 {key}（来自 {source}）{zh} | unknown setting {key} (from {source}){en}"


def _from_file(file: Path) -> dict[str, dict[str, Any]]:
    if not file.exists():
        return {}
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise SettingsWrong(f"{file} 不是有效的 TOML：{wrong} | {file} is not valid TOML: {wrong}") from wrong
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise SettingsWrong(f"{file} 中的 {name} 应写在某个 [段] 下 | {name} in {file} belongs under a [section]")
    return tables


def _from_environment(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name.startswith(IGNORED):
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("__")
        found.setdefault(section, {})[key] = _parsed(value)
    return found


def _parsed(value: str) -> Any:
    if value[:1] in "[{" and value:
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def _checked(
    name: str, model: type[BaseModel], values: dict[str, Any], sources: Mapping[tuple[str, str], str]
) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        source = sources.get((name, str(first["loc"][0]) if first["loc"] else ""), "default")
        raise SettingsWrong(
            f"设置 {name}.{key} 的值不对（来自 {source}）：{first['msg']} | "
            f"the value of {name}.{key} (from {source}) is wrong: {first['msg']}"
        ) from None

"""The sample city's generator: one place that finds and imports it, from a checkout or from a wheel."""

import importlib.util
import sys
from types import ModuleType

from zhengtong.kernel import assets

_NAME = "zhengtong_sample_city"


def sample_city() -> ModuleType:
    """The generator package `examples/city` (see its docstring for the names it offers)."""
    if _NAME not in sys.modules:
        folder = assets.path("city")
        found = importlib.util.spec_from_file_location(
            _NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        if found is None or found.loader is None:
            raise ModuleNotFoundError(f"no sample city in {folder}")
        package = importlib.util.module_from_spec(found)
        sys.modules[_NAME] = package
        try:
            found.loader.exec_module(package)
        except BaseException:
            del sys.modules[_NAME]
            raise
    return sys.modules[_NAME]

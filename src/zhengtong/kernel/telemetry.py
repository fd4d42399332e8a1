"""Traces to an OpenTelemetry collector, when one is set; nothing is imported when not."""

from typing import Any

from fastapi import FastAPI

from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import SettingsWrong


def trace(app: FastAPI, database: Database, *, url: str, service: str) -> Any:
    """This will send a span for each request and each statement (without its values) to the OTLP/HTTP collector at `url`;
    returns the tracer provider, to be shut down at the end.

    Raises SettingsWrong with the remedy when the extra is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
        from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as missing:
        raise SettingsWrong(
            "设置了 kernel.telemetry_url，请先安装：pip install 'zhengtong[telemetry]' | "
            "kernel.telemetry_url is set; install it first: pip install 'zhengtong[telemetry]'"
        ) from missing
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls="api/health,metrics,assets")
    SQLAlchemyInstrumentor().instrument(engine=database.engine, tracer_provider=provider)
    return provider

"""Starts Apache Spark, or says in one sentence why it cannot be started."""

from __future__ import annotations

import importlib
import logging
import re
import socket
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nosograph import __version__
from nosograph.analysis.parquet import parquet_name
from nosograph.cluster.dialect import SCHEMAS
from nosograph.errors import RemoteStoreError, SettingsError

_LOCAL: Final = re.compile(r"local(\[(\*|[1-9]\d*)\]|-cluster\[[1-9]\d*, *[1-9]\d*, *[1-9]\d*\])?\Z")
_ADDRESSES: Final = re.compile(r"spark://([\w.-]+:\d{1,5}(?:,[\w.-]+:\d{1,5})*)\Z")
_CONNECTING: Final = 5.0
"""Seconds within which a master takes a connection."""

RESULT_SHARE: Final = 8
"""The rows of an answer, as Spark packs them, may have this part of the driver's memory: Python holds them once more,
some eight times as large. Rows that come partition by partition would need less, and a job for each partition."""

_SETTINGS: Final = {
    # What the results rest on, whatever the cluster's own defaults are.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "true",
    "spark.sql.icu.caseMappings.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    # The files are far smaller than their rows (0.2 to 9 bytes for one of 24), and by the size of a file Spark decides
    # whether its table may be sent to every executor whole: seven million triples looked like nine megabytes.
    "spark.sql.sources.fileCompressionFactor": "100.0",
    # A command that prints an answer prints nothing else.
    "spark.log.level": "OFF",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def check_master(master: str) -> None:
    """Check that an address is one of a master, and that one of those that it names takes connections.

    Raises:
        SettingsError: it is no such address.
        RemoteStoreError: nobody answers there.
    """
    if _LOCAL.match(master):
        return
    found = _ADDRESSES.match(master)
    if found is None:
        raise SettingsError(
            f"{master!r} is not the address of a cluster that queries can be asked on.",
            hint="Give spark://HOST:PORT, local[N] for this machine, or local-cluster[EXECUTORS,CORES,MEBIBYTES].",
        )
    reasons = []
    for address in found[1].split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=_CONNECTING).close()
            return
        except (OSError, OverflowError) as error:
            reasons.append(f"{address}: {getattr(error, 'strerror', None) or error}")
    raise RemoteStoreError(
        f"The master of the cluster cannot be reached ({'; '.join(reasons)}).",
        hint="Check the address, and that the master runs: its page names its spark:// address.",
    )


def start_session(master: str, folder: Path, memory: int) -> Any:
    """Return a session of Spark that sees the tables of a folder under their names.

    Args:
        master: the address of the cluster.
        folder: the tables; every executor finds them under the same path.
        memory: mebibytes of the process that starts the query and takes its answer.

    Raises:
        SettingsError: Java cannot be started, or ``master`` is no address.
        RemoteStoreError: the master cannot be reached, or does not take the application.
    """
    check_master(master)
    settings = _SETTINGS | {
        "spark.driver.memory": f"{memory}m",
        "spark.driver.maxResultSize": f"{memory // RESULT_SHARE}m",
    }
    if _LOCAL.match(master):
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    try:
        session = _session(master, settings)
        for name, schema in SCHEMAS.items():
            path = str((folder / parquet_name(name)).resolve())
            session.read.schema(schema).parquet(path).createOrReplaceTempView(name)
    except Exception as error:  # pyspark and py4j raise errors of many classes
        raise _not_started(master, error) from error
    return session


def _session(master: str, settings: Mapping[str, str]) -> Any:
    """Return a session; pyspark's words about libraries that are not used here, and its log of errors, are silenced.

    Its errors become ours, which say what is to be said.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder = importlib.import_module("pyspark.sql").SparkSession.builder
        builder = builder.master(master).appName(f"nosograph {__version__}")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
    logging.getLogger("SQLQueryContextLogger").disabled = True
    return session


def _not_started(master: str, error: Exception) -> SettingsError | RemoteStoreError:
    if "JAVA_GATEWAY_EXITED" in str(error) or isinstance(error, FileNotFoundError):
        return SettingsError(
            "Java cannot be started, which Spark runs on.",
            hint="Install Java 17 or 21, and set JAVA_HOME where `java` is not on the path.",
        )
    return RemoteStoreError(
        f"{master} did not take the application: {first_line(error)}",
        hint="Check that the master is one of Spark, and of the same version as pyspark here.",
    )


def first_line(error: Exception) -> str:
    """Return the first line of what an error of Spark says that says something."""
    said = str(getattr(error, "java_exception", "") or error)
    return next((line.strip() for line in said.splitlines() if line.strip()), type(error).__name__)[:300]

"""Rules and dashboard name metrics that a server has, and the rules fire when they should."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from nosograph.store.workers.counters import Counters
from nosograph.web.server.metrics import Metrics
from nosograph.web.server.sparql_endpoint import ROUTE_NAME

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
METRIC = re.compile(r"\b(?:nosograph|process)_[a-z_]+")


def known_metrics() -> dict[str, set[str]]:
    """Return the name of each series that a server shows, with the names of its labels."""
    metrics = Metrics()
    metrics.watch_store("2026-11-26-0", lambda: Counters().statistics(0, 0, 0))
    metrics.requests.end(ROUTE_NAME, "GET", 200, 0.1)
    for outcome in ("swapped", "failed"):
        metrics.swaps.labels(outcome)
    metrics.refused.labels("malformed")
    found: dict[str, set[str]] = {}
    for line in metrics.write().decode().splitlines():
        if not line.startswith("#"):
            name, _, rest = line.partition("{")
            labels = rest.rpartition("}")[0]
            found.setdefault(name.partition(" ")[0], set()).update(re.findall(r"(\w+)=", labels))
    return found


def expressions() -> dict[str, str]:
    """Return the expressions of rules and dashboard, by where they stand."""
    (group,) = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    found = {f"alert {rule['alert']}": rule["expr"] for rule in group["rules"]}
    for panel in panels():
        for target in panel.get("targets", ()):
            found[f"panel {panel['title']} {target['refId']}"] = target["expr"]
    return found


def panels() -> Iterator[dict[str, Any]]:
    """Return the panels of the dashboard."""
    yield from json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))["panels"]


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what Prometheus' own checker says; the test skips without it."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    return subprocess.run([program, *arguments], cwd=DEPLOY, capture_output=True, text=True, check=False)


def test_every_metric_that_is_named_is_there() -> None:
    """A rule or panel about a metric that no server has would show nothing, and nobody would know."""
    known = known_metrics()

    assert len(expressions()) > 30
    for where, text in expressions().items():
        for name in METRIC.findall(text):
            assert name in known, f"{where}: {name}"


def test_every_label_that_is_chosen_is_there() -> None:
    """A choice by a label that a metric does not have is always empty, or always all."""
    known = known_metrics()
    of_prometheus = {"job", "instance"}

    for where, text in expressions().items():
        for name, choice in re.findall(r"\b((?:nosograph|process)_[a-z_]+)\{([^}]*)\}", text):
            chosen = set(re.findall(r'(\w+)\s*[=!]~?\s*"', choice)) - of_prometheus
            assert chosen <= known[name], f"{where}: {name}{chosen}"


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    """What a server counts can be seen: a metric that is new asks for its panel."""
    shown = " ".join(expressions().values())
    families = {re.sub(r"_(?:bucket|sum|count|created|total)$", "", name) for name in known_metrics()}

    assert {name for name in families if name.startswith("nosograph_") and name not in shown} == set()


def test_panels_of_the_dashboard_do_not_overlap() -> None:
    """Each panel has an identifier of its own and room of its own."""
    taken: dict[tuple[int, int], str] = {}
    identifiers = [panel["id"] for panel in panels()]

    assert len(set(identifiers)) == len(identifiers)
    for panel in panels():
        at = panel["gridPos"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert x < 24
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]


def test_prometheus_reads_configuration_rules_and_panels(tmp_path: Path) -> None:
    """Prometheus' checker takes the files, and every expression of the dashboard."""
    rules = [
        {"record": f"panel:{number}", "expr": text.replace("$__rate_interval", "5m").replace("$instance", "a")}
        for number, text in enumerate(expressions().values())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")

    for arguments in (("check", "config", "prometheus.yml"), ("check", "rules", str(file))):
        done = promtool(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_alerts_fire_when_they_should() -> None:
    """Prometheus' own test of rules holds: silence in health, and an alert for each trouble."""
    done = promtool("test", "rules", "alerts-test.yml")

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested_and_says_what_to_do() -> None:
    """An alert without a cure wakes somebody for nothing, and one that was never seen to fire may never."""
    (group,) = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    tested = (DEPLOY / "alerts-test.yml").read_text(encoding="utf-8")

    for rule in group["rules"]:
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert f'alertname="{rule["alert"]}"' in tested

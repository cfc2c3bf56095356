"""What Prometheus is told. Read from memory when it asks, and never with the name or number of anybody as a label."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import accumulate

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from microsip_manager import __version__
from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.command_counts import UPPER, CommandCounts
from microsip_manager.server.connections import Connections
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.link_hub import LinkHub
from microsip_manager.server.loop_lag import LoopLag
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.traffic import Traffic
from microsip_manager.wire.clients import AgentState
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import Registration

REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True)
class Sources:
    """Where the figures are."""

    fleet: Fleet
    hub: LinkHub
    events: EventFeed
    recorder: Recorder
    audit: AuditLog
    connections: Connections
    traffic: Traffic
    commands: CommandCounts
    lag: LoopLag
    monotonic: Callable[[], float] = time.monotonic


def registry_of(sources: Sources) -> CollectorRegistry:
    """All figures of one server, with those that the system keeps of its process."""
    registry = CollectorRegistry()
    registry.register(Figures(sources))
    ProcessCollector(registry=registry)
    return registry


class Figures(Collector):
    """For the thread of the event loop, whose memory it reads."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def describe(self) -> list[Metric]:
        """Nothing, so that no figure is read before somebody asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("microsip_build", "The version of the server.", {"version": __version__})
        yield from self._clients()
        yield from self._agents()
        yield from self._commands()
        yield from self._readers()
        yield from self._database()
        yield _gauge("microsip_connections", "Connections that are open.", self._sources.connections.count)
        yield _gauge(
            "microsip_event_loop_lag_seconds",
            "The longest that requests had to wait for their turn within the last half minute.",
            self._sources.lag.longest,
        )

    def _clients(self) -> Iterator[Metric]:
        clients = self._sources.fleet.clients()
        statuses = Counter(client.status.value for client in clients)
        agents = Counter(client.agent.value for client in clients)
        phones = Counter(client.phone.registration.value for client in clients if client.phone is not None)
        yield _gauges(
            "microsip_clients", "Clients by status.", "status", {one.value: statuses[one.value] for one in PhoneStatus}
        )
        yield _gauges(
            "microsip_agents", "Clients by their agent.", "state", {one.value: agents[one.value] for one in AgentState}
        )
        yield _gauges(
            "microsip_registrations",
            "Phones that tell of themselves, by their registration with the telephone server.",
            "registration",
            {one.value: phones[one.value] for one in Registration},
        )

    def _agents(self) -> Iterator[Metric]:
        hub, traffic = self._sources.hub, self._sources.traffic
        yield _gauge("microsip_links", "Links of agents that are open.", len(hub))
        yield _counters(
            "microsip_heartbeats", "Heartbeats taken.", "way", {"http": traffic.heartbeats, "link": hub.heard}
        )
        yield _counters(
            "microsip_requests_refused",
            "Requests without credentials, without the right, and too many.",
            "status",
            {str(one.value): traffic.refused[one] for one in REFUSALS},
        )

    def _commands(self) -> Iterator[Metric]:
        commands = self._sources.commands
        yield _counters("microsip_commands", "Commands that ended.", "outcome", commands.by_outcome)
        bounds = [*map(str, UPPER), "+Inf"]
        buckets = list(zip(bounds, accumulate(commands.by_length), strict=True))
        yield HistogramMetricFamily(
            "microsip_command_duration_seconds",
            "From a command to its answer.",
            buckets=buckets,
            sum_value=commands.seconds,
        )

    def _readers(self) -> Iterator[Metric]:
        events = self._sources.events
        yield _gauge("microsip_event_readers", "Open streams of events.", events.readers)
        yield CounterMetricFamily(
            "microsip_event_readers_dropped", "Streams of events that were ended as too slow.", value=events.dropped
        )

    def _database(self) -> Iterator[Metric]:
        recorder, audit = self._sources.recorder, self._sources.audit
        waiting = {"state": recorder.waiting, "audit": audit.waiting}
        yield _gauges("microsip_database_waiting", "What waits to be written.", "what", waiting)
        yield _gauge(
            "microsip_database_behind_seconds",
            "For how long the oldest change of a client's state has been waiting; 0 when none is.",
            recorder.behind(self._sources.monotonic()),
        )
        troubled = {"state": recorder.trouble is not None, "audit": audit.trouble is not None}
        yield _gauges("microsip_database_failing", "1 while the database does not take it.", "what", troubled)


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help, value=value)


def _gauges(name: str, help: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, help, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _counters(name: str, help: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, help, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family

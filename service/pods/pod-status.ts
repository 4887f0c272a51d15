import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { CacheStatistics } from '../cache/layers/cache-statistics';
import type { PoolStatistics } from '../database/pools';
import type { CallStatistics } from '../telemetry/performance-monitor';

/** What a pod writes about itself every 10 s. Other pods read it; they cannot reach each other. */
export interface PodStatus {
  /** Version of Node. */
  readonly node: string;
  readonly uptimeSeconds: number;
  /** CPU time since the status before, percent of one core. */
  readonly cpuPercent: number;
  /** Time in which the event loop was busy since the status before, percent. */
  readonly eventLoopPercent: number;
  /** Resident memory, bytes. */
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  /** Largest heap that V8 allows, bytes. */
  readonly heapLimitBytes: number;
  readonly pools: readonly PoolStatistics[];
  /** The names with the longest total time. */
  readonly calls: readonly CallStatistics[];
  /** Layers of the cache. */
  readonly cache: CacheStatistics;
}

export interface PodStatusProps {
  readonly pools: () => readonly PoolStatistics[];
  readonly calls: () => readonly CallStatistics[];
  readonly cache: () => CacheStatistics;
  /** Largest heap that V8 allows, bytes. */
  readonly heapLimitBytes: number;
}

/** Names of calls in a status: some 20 KB of JSON. */
const MOST_CALLS = 100;

/** Measures this process; shares are those since the measurement before. */
export class PodStatusReader {
  private cpu = process.cpuUsage();
  private at = performance.now();
  private loop: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(private readonly props: PodStatusProps) {}

  read(): PodStatus {
    const cpu = process.cpuUsage(this.cpu);
    const milliseconds = Math.max(1, performance.now() - this.at);
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.loop);
    this.cpu = process.cpuUsage();
    this.at = performance.now();
    this.loop = loop;
    const { rss, heapUsed } = process.memoryUsage();
    return {
      node: process.version,
      uptimeSeconds: Math.round(process.uptime()),
      cpuPercent: round((cpu.user + cpu.system) / 10 / milliseconds),
      eventLoopPercent: round(utilization * 100),
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      heapLimitBytes: this.props.heapLimitBytes,
      pools: this.props.pools(),
      calls: this.props.calls().slice(0, MOST_CALLS),
      cache: this.props.cache(),
    };
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

import { Duration } from 'aws-cdk-lib';
import type { ValkeyCache } from '../../cache/valkey-cache';
import type { Limits } from './limits';
import { graph } from './panels';
import { type DashboardContent, HEIGHT } from './platform-dashboard';

export interface CacheProps {
  /** Valkey cache that the dashboard shows. */
  readonly cache: ValkeyCache;
  /** Limits of the environment's objectives, drawn into the graphs. */
  readonly limits: Limits;
}

/** Hit rate of the cache, and its use of CPU, memory and connections. */
export function cache({ cache, limits }: CacheProps): DashboardContent {
  return {
    title: 'Cache',
    question:
      'Does the cache save work, and is it large enough? Fewer hits with evictions mean too little memory; fewer hits without them mean keys that expire too soon or are never asked for again.',
    range: Duration.hours(12),
    sections: [
      {
        title: 'What it saves',
        lines: [
          {
            height: HEIGHT.graph,
            // METRICS() takes all metrics of its graph, so each graph has one expression.
            panels: [
              graph({
                title: 'Look-ups that hit, %',
                unit: '%',
                max: 100,
                series: [{ metric: cache.metricCacheHitRate(), label: 'mean of the nodes' }],
              }),
              graph({
                title: 'Keys evicted for want of memory in 5 min',
                unit: 'keys',
                series: [{ metric: cache.metricEvictions(), label: 'all nodes' }],
              }),
            ],
          },
        ],
      },
      {
        title: 'What it uses',
        lines: [
          {
            height: HEIGHT.graph,
            panels: [
              graph({
                title: 'CPU of the busiest engine, % of its core',
                unit: '%',
                max: 100,
                series: [{ metric: cache.metricEngineCpuUtilization(), label: 'busiest node' }],
                limits: limits.of('cache-cpu'),
              }),
              graph({
                title: 'Memory of the fullest node, %',
                unit: '%',
                max: 100,
                series: [{ metric: cache.metricMemoryUsage(), label: 'fullest node' }],
                limits: limits.of('cache-memory'),
              }),
              graph({
                title: 'Connections',
                unit: 'connections',
                series: [{ metric: cache.metricConnections(), label: 'all nodes' }],
              }),
            ],
          },
        ],
      },
    ],
  };
}

import type { ResolvedConfig } from '../../lib/config/environment-config';
import { API_NAME } from '../../lib/config/names';
import { cloudWatchLinks } from './cloudwatch-links';
import { dashboard } from './dashboard';
import { gatewaySection } from './gateway-section';
import type { GrafanaDashboard } from './grafana';
import { HEIGHT, type Section } from './layout';
import { atLeast, atMost } from './limit';
import { graph } from './panels';
import * as promql from './promql';

const ALL = { pods: promql.podsOf(API_NAME), window: promql.GRAPH_WINDOW };
const BY_PROVIDER = { ...ALL, by: ['provider'] };

/** Hits of the cache of LLM answers, latency and failures of the LLM providers behind it, and what is recorded. */
export function llmDashboard(config: ResolvedConfig): GrafanaDashboard {
  return dashboard(config, {
    name: 'llm',
    title: 'Cache and LLM providers',
    description:
      'What the cache saves, how the providers answer what it does not have, and how many records are stored.',
    sections: [
      cache(config),
      providers(config),
      failures(config),
      gatewaySection(config),
      ledger(config),
      cloudWatchLinks(config, "the cache's servers: memory, CPU, evictions, connections", ['cache']),
    ],
  });
}

function cache({ objectives: { cacheHitPercent } }: ResolvedConfig): Section {
  return {
    title: 'Cache of LLM answers',
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          graph({
            title: `Hits ≥ ${cacheHitPercent} %`,
            description: 'Share of LLM answers that came from the cache. Dashed: the objective.',
            unit: 'percent',
            max: 100,
            queries: [{ expr: promql.cacheHitShare(ALL), legend: 'hits' }],
            limits: [atLeast(cacheHitPercent)],
          }),
          graph({
            title: 'Look-ups',
            description: 'Look-ups per second; every miss is a call that costs money.',
            unit: 'reqps',
            stacked: true,
            queries: [{ expr: promql.cacheLookups({ ...ALL, by: ['result'] }), legend: '{{result}}' }],
          }),
        ],
      },
    ],
  };
}

function providers({ objectives: { llmLatencyMilliseconds } }: ResolvedConfig): Section {
  return {
    title: 'LLM providers',
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          graph({
            title: `Mean response time ≤ ${llmLatencyMilliseconds} ms`,
            description:
              'Of all calls, which is what the objective is about, and by provider. Dashed: the objective.',
            unit: 'ms',
            queries: [
              { expr: promql.llmMeanTime(ALL), legend: 'all' },
              { expr: promql.llmMeanTime(BY_PROVIDER), legend: '{{provider}}' },
            ],
            limits: [atMost(llmLatencyMilliseconds)],
          }),
          graph({
            title: 'Response time p95',
            description: '95 % of the calls of a provider take at most this long.',
            unit: 'ms',
            queries: [{ expr: promql.llmTimePercentile(95, BY_PROVIDER), legend: '{{provider}}' }],
          }),
          graph({
            title: 'Calls',
            description: 'Calls per second by provider.',
            unit: 'reqps',
            stacked: true,
            queries: [{ expr: promql.llmCalls(BY_PROVIDER), legend: '{{provider}}' }],
          }),
        ],
      },
    ],
  };
}

function failures({ objectives: { llmTimeoutPercent } }: ResolvedConfig): Section {
  return {
    title: 'Failed calls',
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          graph({
            title: `Time-outs ≤ ${llmTimeoutPercent} %`,
            description:
              'Share of calls that timed out: all, which is what the objective is about, and by provider. Dashed: the objective.',
            unit: 'percent',
            queries: [
              { expr: promql.llmOutcomeShare('timeout', ALL), legend: 'all' },
              { expr: promql.llmOutcomeShare('timeout', BY_PROVIDER), legend: '{{provider}}' },
            ],
            limits: [atMost(llmTimeoutPercent)],
          }),
          graph({
            title: 'Errors',
            description: 'Share of calls that failed otherwise: refused, over quota, cut off.',
            unit: 'percent',
            queries: [{ expr: promql.llmOutcomeShare('error', BY_PROVIDER), legend: '{{provider}}' }],
          }),
          graph({
            title: 'Calls by outcome',
            description: 'Calls per second.',
            unit: 'reqps',
            stacked: true,
            queries: [{ expr: promql.llmCalls({ ...ALL, by: ['outcome'] }), legend: '{{outcome}}' }],
          }),
        ],
      },
    ],
  };
}

function ledger({ objectives: { rejectedRecordsPerHour } }: ResolvedConfig): Section {
  return {
    title: 'Records of requests',
    lines: [
      {
        height: HEIGHT.graph,
        panels: [
          graph({
            title: 'Records by outcome',
            description: 'Records per second: stored, known before, or refused.',
            unit: 'none',
            stacked: true,
            queries: [{ expr: promql.ledgerRecords({ ...ALL, by: ['outcome'] }), legend: '{{outcome}}' }],
          }),
          graph({
            title: `Refused in an hour ≤ ${rejectedRecordsPerHour}`,
            description: 'Refused records of the hour before each point. Dashed: the objective.',
            unit: 'none',
            interval: '5m',
            queries: [{ expr: promql.rejectedRecords(ALL.pods, '1h'), legend: 'refused' }],
            limits: [atMost(rejectedRecordsPerHour)],
          }),
        ],
      },
    ],
  };
}

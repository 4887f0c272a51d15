import { randomUUID } from 'node:crypto';
import type { WorkloadSettings } from '../../lambda/predictive-scaler/constants';
import type { KubernetesHpaClient } from '../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { reconcile } from '../../lambda/predictive-scaler/reconcile/reconcile';
import { FileStateStore } from '../../lambda/predictive-scaler/state/file-state-store';
import type { RunReport } from '../../lambda/predictive-scaler/telemetry/run-report';
import type { Terminal } from '../cli/command';
import { type History, historyLines } from '../traffic/read-history';
import { chooseMetricsSource } from './choose-metrics-source';
import { connect, type Machine } from './connect';
import { formatReport } from './format-report';
import type { OnceOptions } from './options';
import { readTraffic } from './read-traffic';
import { readWorkloads } from './read-workloads';

/** Long enough to train a hundred workloads, ms. */
const BUDGET_MS = 3_600_000;

/**
 * One run over the workloads, and its report.
 * @returns exit code
 * @throws UsageError on files, a cluster or a log-in that cannot be used
 */
export async function runOnce(options: OnceOptions, machine: Machine, terminal: Terminal): Promise<number> {
  const workloads = readWorkloads(options.workloads, options.dryRun);
  const histories = readTraffic(options.traffic, workloads, options.history);
  if (!options.json) {
    for (const line of Object.values(histories).flatMap(historyLines)) terminal.print(line);
  }
  const { hpaClient, endpoint } = await connect(options.kubernetes, machine);
  // Without --context it is the current context, which may be another cluster than the user expects.
  if (!options.json) terminal.print(`cluster: ${endpoint}`);
  const report = await reconcileOnce({ options, workloads, histories, hpaClient }, machine);
  const traffic = Object.entries(histories).map(([name, { understood, notes }]) => ({
    name,
    understood,
    notes,
  }));
  terminal.print(
    options.json
      ? JSON.stringify({ ...report, cluster: endpoint, traffic }, null, 2)
      : report.workloads.map(formatReport).join('\n\n'),
  );
  return report.workloads.every(({ problem }) => problem === undefined) ? 0 : 2;
}

/** What a run works with. */
interface Input {
  readonly options: OnceOptions;
  readonly workloads: readonly WorkloadSettings[];
  /** By the name of the workload; empty where CloudWatch measures. */
  readonly histories: Readonly<Record<string, History>>;
  /** Closed after the run. */
  readonly hpaClient: KubernetesHpaClient;
}

async function reconcileOnce(
  { options, workloads, histories, hpaClient }: Input,
  machine: Machine,
): Promise<RunReport> {
  const { now } = machine;
  const startMs = now();
  const config = {
    shard: 'laptop',
    intervalMinutes: options.intervalMinutes,
    leaseMinutes: options.leaseMinutes,
    workloads,
    refused: [],
    scheduledMinute: startMs / 60_000,
  };
  const ports = {
    metricsSource: chooseMetricsSource(options, histories, machine),
    hpaClient,
    stateStore: new FileStateStore(options.stateDir),
    now,
  };
  try {
    return await reconcile(config, ports, { runId: randomUUID(), deadlineMs: startMs + BUDGET_MS });
  } finally {
    hpaClient.close();
  }
}

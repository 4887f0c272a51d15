#!/usr/bin/env node
/** `npm run scaler -- --once`: the scaler's run from a laptop, against any cluster. */
import { randomUUID } from 'node:crypto';
import type { WorkloadSettings } from '../lambda/predictive-scaler/constants';
import { CloudWatchMetricsSource } from '../lambda/predictive-scaler/metrics/cloudwatch-metrics-source';
import { reconcile } from '../lambda/predictive-scaler/reconcile/reconcile';
import { FileStateStore } from '../lambda/predictive-scaler/state/file-state-store';
import type { RunReport } from '../lambda/predictive-scaler/telemetry/run-report';
import { expectedLines, run, type Terminal } from './cli/command';
import { connect } from './scaler/connect';
import { formatReport } from './scaler/format-report';
import { HistoryMetricsSource } from './scaler/history-metrics-source';
import { DEFAULT_STATE_DIR, readOptions, type ScalerOptions } from './scaler/options';
import { readTraffic } from './scaler/read-traffic';
import { readWorkloads } from './scaler/read-workloads';
import { historyHelp } from './traffic/options';
import { type History, historyLines } from './traffic/read-history';

const HELP = `Runs the predictive scaler once, as the deployed function does: measure, forecast, decide, set the floors.

Usage: npm run scaler -- --once --workloads <file> [options]

  --once                    run once and end
  --workloads <file>        JSON list of workloads (WorkloadSettings in lambda/predictive-scaler/constants.ts)

  --kubeconfig <file>       cluster to act on: a kubeconfig
  --context <name>          one of its contexts (default: the current one)
  --server <url>            or: https:// address of the Kubernetes API,
  --token-file <file>         a file with a bearer token,
  --ca <file>                 and the API's certificate authority, PEM

  --metrics <source>        cloudwatch (by the AWS credentials of the environment) or csv (default: cloudwatch)
  --traffic <name>=<file>   history of a workload's load, in the unit of its metric; for csv, once for each workload;
                            CSV or JSON of CloudWatch, Prometheus or Grafana, see docs/traffic-files.md
  --time-zone <name>        IANA time zone of times in a file that have none (default: UTC)
${historyHelp(26)}
  --state-dir <dir>         where models are kept between runs (default: ${DEFAULT_STATE_DIR})
  --interval-minutes <n>    time between two runs: a slot is decided once, and floors fall by it (default: 5)
  --lease-minutes <n>       how long a floor stays when no further run renews it (default: 20)
  --dry-run                 have the API server check the floors, and change nothing
  --json                    print the decisions as JSON (npm run --silent scaler -- … --json)
  --help                    print this

A floor that is set from here is released by the CronJob in the cluster; the dead man's switch in AWS is left alone.
Training takes some seconds for each workload, in its first run and once a day.

Exit codes: 0 every workload was looked after, 1 the call cannot be meant so, 2 a workload had a problem.`;

/** Long enough to train a hundred workloads, ms. */
const BUDGET_MS = 3_600_000;

/**
 * @param now the time, ms since 1970. @default this machine's
 * @returns exit code
 */
export async function main(
  argv: readonly string[],
  terminal: Terminal,
  now: () => number = Date.now,
): Promise<number> {
  try {
    const options = readOptions(argv);
    if (options === 'help') {
      terminal.print(HELP);
      return 0;
    }
    const workloads = readWorkloads(options.workloads, options.dryRun);
    const histories = readTraffic(options.traffic, workloads, options.reading);
    if (!options.json) {
      for (const line of Object.values(histories).flatMap(historyLines)) terminal.print(line);
    }
    const report = await runOnce({ options, workloads, histories }, now);
    const traffic = Object.entries(histories).map(([name, { understood, notes }]) => ({
      name,
      understood,
      notes,
    }));
    terminal.print(
      options.json
        ? JSON.stringify({ ...report, traffic }, null, 2)
        : report.workloads.map(formatReport).join('\n\n'),
    );
    return report.workloads.every(({ problem }) => problem === undefined) ? 0 : 2;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

/** What a run works with. */
interface Input {
  readonly options: ScalerOptions;
  readonly workloads: readonly WorkloadSettings[];
  /** By the name of the workload; empty where CloudWatch measures. */
  readonly histories: Readonly<Record<string, History>>;
}

async function runOnce({ options, workloads, histories }: Input, now: () => number): Promise<RunReport> {
  const hpaClient = connect(options.kubernetes);
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
    metricsSource:
      options.metrics === 'csv' ? new HistoryMetricsSource(histories) : new CloudWatchMetricsSource(),
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

if (require.main === module) run(main);

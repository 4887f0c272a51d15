import type { WorkloadSettings } from '../../lambda/predictive-scaler/constants';
import type { HpaClient } from '../../lambda/predictive-scaler/hpa/hpa-client';
import { MetricsFailure } from '../../lambda/predictive-scaler/metrics/metrics-source';
import { type Recommendation, recommend } from '../../lambda/predictive-scaler/recommendation/recommend';
import { classifyError } from '../../lambda/predictive-scaler/reconcile/classify-error';
import { readHpa } from '../../lambda/predictive-scaler/reconcile/read-hpa';
import { HISTORY_MINUTES } from '../../lambda/predictive-scaler/state/stored-history';
import type { Problem } from '../../lambda/predictive-scaler/telemetry/run-report';
import type { LoadSample } from '../../lambda/predictive-scaler/types';
import { type Terminal, UsageError } from '../cli/command';
import { type History, historyLines, readHistory } from '../traffic/read-history';
import { chooseMetricsSource } from './choose-metrics-source';
import { connect, type Machine } from './connect';
import { formatRecommendation, jsonRecommendation } from './format-recommendation';
import { readTraffic } from './read-traffic';
import { readWorkloads } from './read-workloads';
import type { RecommendOptions, TraceRecommendation, WorkloadsRecommendation } from './recommend-options';

/** Time between two runs of the deployed function, minutes: its default. */
const INTERVAL_MINUTES = 5;

/** A recommendation, or why there is none. */
type Result =
  | { readonly settings: WorkloadSettings; readonly recommendation: Recommendation }
  | { readonly settings: WorkloadSettings; readonly problem: Problem };

interface Answer {
  readonly results: readonly Result[];
  readonly histories: readonly History[];
}

/**
 * Recommends replicas, and changes nothing.
 * @returns exit code
 * @throws UsageError on files, a cluster or a log-in that cannot be used
 */
export async function runRecommend(
  options: RecommendOptions,
  machine: Machine,
  terminal: Terminal,
): Promise<number> {
  const answer = 'trace' in options ? fromTrace(options) : await fromWorkloads(options, machine);
  terminal.print(options.json ? jsonText(answer) : plainText(answer));
  return answer.results.every((result) => 'recommendation' in result) ? 0 : 2;
}

/** The moment of the recommendation is the end of the file. */
function fromTrace(options: RecommendOptions & TraceRecommendation): Answer {
  const history = readHistory(options.trace, options.history);
  const { stepMinutes, samples, understood } = history;
  if (stepMinutes > 5) {
    throw new UsageError(
      `${options.trace}: --recommend takes steps of 1 or 5 minutes, got ${stepMinutes}; export finer steps, or replay these with npm run backtest`,
    );
  }
  const settings = { ...options.settings, stepMinutes };
  const nowMinute = understood.lastMinute + stepMinutes;
  const { replicas: currentReplicas, maxReplicas } = options;
  const recommendation = recommend({
    settings,
    maxReplicas,
    currentReplicas,
    samples,
    nowMinute,
    intervalMinutes: INTERVAL_MINUTES,
  });
  return { results: [{ settings, recommendation }], histories: [history] };
}

async function fromWorkloads(
  options: RecommendOptions & WorkloadsRecommendation,
  machine: Machine,
): Promise<Answer> {
  const workloads = readWorkloads(options.workloads, true);
  if (options.replicas !== undefined && workloads.length > 1) {
    throw new UsageError(
      `--replicas is for one workload, and ${options.workloads} has ${workloads.length}; name the cluster with --kubeconfig`,
    );
  }
  const histories = readTraffic(options.traffic, workloads, options.history);
  const cluster = options.kubernetes && (await connect(options.kubernetes, machine));
  const hpaClient = cluster?.hpaClient;
  const nowMinute = Math.floor(machine.now() / 60_000);
  try {
    const source = chooseMetricsSource(options, histories, machine);
    const fromMinute = Math.floor(nowMinute / 5) * 5 - HISTORY_MINUTES;
    const measured = await source.measure(
      workloads.map((workload) => ({ ...workload, fromMinute, untilMinute: nowMinute })),
    );
    const results: Result[] = [];
    for (const settings of workloads) {
      const samples = measured.get(settings.name) ?? [];
      results.push(await resultOf({ settings, samples, nowMinute, hpaClient }, options));
    }
    return { results, histories: Object.values(histories) };
  } finally {
    hpaClient?.close();
  }
}

interface Measured {
  readonly settings: WorkloadSettings;
  readonly samples: readonly LoadSample[] | MetricsFailure;
  readonly nowMinute: number;
  /** undefined: no cluster was named. */
  readonly hpaClient: HpaClient | undefined;
}

/** A workload that fails stops no other. */
async function resultOf(
  { settings, samples, nowMinute, hpaClient }: Measured,
  options: RecommendOptions,
): Promise<Result> {
  try {
    if (samples instanceof MetricsFailure) throw samples;
    const hpa = hpaClient && (await readHpa(hpaClient, settings));
    const recommendation = recommend({
      settings,
      maxReplicas: hpa?.maxReplicas ?? options.maxReplicas,
      // 0 before the HPA controller has looked at the workload.
      currentReplicas: options.replicas ?? (hpa?.currentReplicas || undefined),
      samples,
      nowMinute,
      intervalMinutes: INTERVAL_MINUTES,
    });
    return { settings, recommendation };
  } catch (error) {
    if (error instanceof RangeError)
      throw new UsageError(`${settings.name}: ${error.message}`, { cause: error });
    return { settings, problem: classifyError(error) };
  }
}

function plainText({ results, histories }: Answer): string {
  const blocks = results.map((result) =>
    'recommendation' in result
      ? formatRecommendation(result.recommendation, result.settings)
      : `${result.settings.name}: no recommendation\n  problem   ${result.problem.kind}: ${result.problem.message}`,
  );
  const head = histories.flatMap(historyLines);
  return [...(head.length > 0 ? [head.join('\n')] : []), ...blocks].join('\n\n');
}

function jsonText({ results, histories }: Answer): string {
  const recommendations = results.map((result) =>
    'recommendation' in result
      ? jsonRecommendation(result.recommendation)
      : { workload: result.settings.name, problem: result.problem },
  );
  const traffic = histories.map(({ understood, notes }) => ({ understood, notes }));
  return JSON.stringify({ recommendations, traffic }, null, 2);
}

import { basename } from 'node:path';
import type { WorkloadSettings } from '../../lambda/predictive-scaler/constants';
import { UsageError } from '../cli/command';
import { numberWithin, positiveNumber, wholeNumber } from '../cli/option-values';
import type { HistoryOptions } from '../traffic/read-history';
import {
  historyOptions,
  type KubernetesOptions,
  kubernetesOptions,
  type MetricsOptions,
  metricsOptions,
  namesCluster,
  refuseOthers,
  type ScalerValues,
  timeZoneOf,
} from './options';

/** From a decision to the minute in which it is in force; the rest of the lead is the start of a replica. */
const ISSUE_MINUTES = 1;

/** What `--recommend` was asked. */
export type RecommendOptions = (TraceRecommendation | WorkloadsRecommendation) & {
  /** Replicas there are. @default unknown */
  readonly replicas?: number;
  /** Most replicas where no HPA says it. */
  readonly maxReplicas: number;
  /** Whether the results are printed as JSON. */
  readonly json: boolean;
};

/** From a file of traffic. */
export interface TraceRecommendation {
  /** Path of the file. */
  readonly trace: string;
  /** How the file is read. */
  readonly history: HistoryOptions;
  /** The settings of the workload, but for the step of the file. */
  readonly settings: Omit<WorkloadSettings, 'stepMinutes'>;
}

/** From workloads as the deployed function has them. */
export interface WorkloadsRecommendation extends MetricsOptions {
  /** Path of the list of workloads. */
  readonly workloads: string;
  /** Cluster that has the HPAs. @default - none: no cluster is asked */
  readonly kubernetes?: KubernetesOptions;
}

const TRACE_NAMES = [
  ...(['recommend', 'trace', 'replicas', 'capacity', 'min-replicas', 'max-replicas', 'hpa-target'] as const),
  ...(['lead-minutes', 'time-zone', 'column', 'counter', 'no-counter', 'per-second', 'json'] as const),
];

const WORKLOADS_NAMES = [
  ...(['recommend', 'workloads', 'metrics', 'traffic', 'replicas', 'max-replicas', 'json'] as const),
  ...(['kubeconfig', 'context', 'server', 'token-file', 'ca'] as const),
  ...(['time-zone', 'column', 'counter', 'no-counter', 'per-second'] as const),
];

/** @throws UsageError that names the option, the value and what it may be */
export function recommendOptions(values: ScalerValues): RecommendOptions {
  if ((values.trace === undefined) === (values.workloads === undefined)) {
    throw new UsageError('--recommend takes one of --trace <file> and --workloads <file>; see --help');
  }
  return values.trace === undefined ? fromWorkloads(values) : fromTrace(values, values.trace);
}

function fromTrace(values: ScalerValues, trace: string): RecommendOptions {
  refuseOthers(values, '--recommend --trace', TRACE_NAMES);
  const minReplicas = wholeNumber('min-replicas', values['min-replicas'] ?? '3', { least: 1, most: 10_000 });
  const leadMinutes = wholeNumber('lead-minutes', values['lead-minutes'] ?? '4', { least: 1, most: 60 });
  const name = basename(trace).replace(/\.(csv|json)(\.gz)?$/, '');
  return {
    trace,
    history: historyOptions(values),
    settings: {
      name,
      namespace: 'default',
      hpaName: name,
      mode: 'forecast-only',
      rule: 'adaptive',
      baseMinReplicas: minReplicas,
      loadPerReplica: positiveNumber('capacity', values.capacity ?? '100'),
      startMinutes: leadMinutes - ISSUE_MINUTES,
      hpaTarget: numberWithin('hpa-target', values['hpa-target'] ?? '70', { least: 1, most: 100 }) / 100,
      timeZone: timeZoneOf(values),
      load: { namespace: 'file', name, dimensions: {}, statistic: 'Average', scale: 1 },
      alwaysOn: null,
      events: [],
    },
    ...common(values, minReplicas),
  };
}

function fromWorkloads(values: ScalerValues): RecommendOptions {
  refuseOthers(values, '--recommend --workloads', WORKLOADS_NAMES);
  return {
    ...metricsOptions(values),
    workloads: values.workloads as string,
    kubernetes: namesCluster(values) ? kubernetesOptions(values) : undefined,
    ...common(values, 1),
  };
}

function common(values: ScalerValues, minReplicas: number) {
  const { replicas, json } = values;
  return {
    replicas:
      replicas === undefined ? undefined : wholeNumber('replicas', replicas, { least: 1, most: 100_000 }),
    maxReplicas: wholeNumber('max-replicas', values['max-replicas'] ?? '50', {
      least: minReplicas,
      most: 10_000,
    }),
    json,
  };
}

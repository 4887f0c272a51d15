import { type OptionTable, type OptionValues, UsageError } from '../cli/command';
import { oneOf, pair, timeZone, wholeNumber } from '../cli/option-values';
import { HISTORY_OPTIONS, historyOptionsOf } from '../traffic/options';
import type { HistoryOptions } from '../traffic/read-history';

/** One run against a cluster. */
export interface OnceOptions extends MetricsOptions {
  readonly kubernetes: KubernetesOptions;
  /** Path of the list of workloads. */
  readonly workloads: string;
  /** Folder of the models and decisions between runs. */
  readonly stateDir: string;
  /** Between two runs. */
  readonly intervalMinutes: number;
  /** How long a floor stays without another run. */
  readonly leaseMinutes: number;
  /** Whether the API server only checks the floors. */
  readonly dryRun: boolean;
  /** Whether the results are printed as JSON. */
  readonly json: boolean;
}

/** Where the loads of workloads come from. */
export interface MetricsOptions {
  /** CloudWatch, or files of traffic. */
  readonly metrics: 'cloudwatch' | 'csv';
  /** Path of a workload's traffic by its name. */
  readonly traffic: Readonly<Record<string, string>>;
  /** How the files of traffic are read. */
  readonly history: HistoryOptions;
}

export type KubernetesOptions =
  /** By a kubeconfig; one that is not named is found as kubectl finds it. */
  | { readonly kubeconfig?: string; readonly context?: string }
  | { readonly server: string; readonly tokenFile: string; readonly ca: string };

export const DEFAULT_STATE_DIR = 'dist/scaler';

/** Without defaults, so that an option that a command does not have is refused. */
export const OPTIONS = {
  ...HISTORY_OPTIONS,
  once: { type: 'boolean', default: false },
  recommend: { type: 'boolean', default: false },
  local: { type: 'boolean', default: false },
  data: { type: 'string' },
  every: { type: 'string' },
  history: { type: 'string' },
  'history-peak': { type: 'string' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  server: { type: 'string' },
  'token-file': { type: 'string' },
  ca: { type: 'string' },
  metrics: { type: 'string' },
  traffic: { type: 'string', multiple: true },
  workloads: { type: 'string' },
  'state-dir': { type: 'string' },
  'interval-minutes': { type: 'string' },
  'lease-minutes': { type: 'string' },
  'dry-run': { type: 'boolean' },
  trace: { type: 'string' },
  replicas: { type: 'string' },
  capacity: { type: 'string' },
  'min-replicas': { type: 'string' },
  'max-replicas': { type: 'string' },
  'hpa-target': { type: 'string' },
  'lead-minutes': { type: 'string' },
  'time-zone': { type: 'string' },
  json: { type: 'boolean', default: false },
} as const satisfies OptionTable;

export type ScalerValues = OptionValues<typeof OPTIONS>;

type OptionName = keyof typeof OPTIONS;

const TRAFFIC_NAMES = ['column', 'counter', 'no-counter', 'per-second', 'time-zone'] as const;
const CLUSTER_NAMES = ['kubeconfig', 'context', 'server', 'token-file', 'ca'] as const;

/** Options of `--once` beside those of clusters and files. */
const ONCE_NAMES = [
  ...(['once', 'workloads', 'metrics', 'traffic', 'json'] as const),
  ...(['state-dir', 'interval-minutes', 'lease-minutes', 'dry-run'] as const),
];

/** @throws UsageError that names the option, the value and what it may be */
export function onceOptions(values: ScalerValues): OnceOptions {
  refuseOthers(values, '--once', [...ONCE_NAMES, ...CLUSTER_NAMES, ...TRAFFIC_NAMES]);
  if (values.workloads === undefined) throw new UsageError('--workloads <file> is needed; see --help');
  return {
    ...metricsOptions(values),
    kubernetes: kubernetesOptions(values),
    workloads: values.workloads,
    stateDir: values['state-dir'] ?? DEFAULT_STATE_DIR,
    intervalMinutes: wholeNumber('interval-minutes', values['interval-minutes'] ?? '5', {
      least: 2,
      most: 60,
    }),
    leaseMinutes: wholeNumber('lease-minutes', values['lease-minutes'] ?? '20', { least: 3, most: 1440 }),
    dryRun: values['dry-run'] ?? false,
    json: values.json,
  };
}

/** @throws UsageError on an option that another way to run the command has */
export function refuseOthers(values: ScalerValues, way: string, names: readonly OptionName[]): void {
  const given = (Object.keys(values) as OptionName[]).filter(
    (name) => values[name] !== undefined && values[name] !== false,
  );
  const other = given.find((name) => !names.includes(name));
  if (other !== undefined) throw new UsageError(`--${other} has no meaning with ${way}; see --help`);
}

/** @throws UsageError where source and files do not fit */
export function metricsOptions(values: ScalerValues): MetricsOptions {
  const metrics = oneOf('metrics', values.metrics ?? 'cloudwatch', ['cloudwatch', 'csv']);
  const traffic = Object.fromEntries(
    (values.traffic ?? []).map((text) => pair('traffic', '<name>=<file>', text)),
  );
  if ((metrics === 'csv') !== Object.keys(traffic).length > 0) {
    throw new UsageError(
      '--metrics csv takes --traffic <name>=<file> for each workload, and cloudwatch takes no --traffic',
    );
  }
  return { metrics, traffic, history: historyOptions(values) };
}

/** How files of traffic are read. */
export function historyOptions(values: ScalerValues): HistoryOptions {
  return historyOptionsOf(values, timeZoneOf(values));
}

export function timeZoneOf(values: ScalerValues): string {
  return timeZone('time-zone', values['time-zone'] ?? 'UTC');
}

/** Whether a cluster was named. */
export function namesCluster(values: ScalerValues): boolean {
  return CLUSTER_NAMES.some((name) => values[name] !== undefined);
}

/** @throws UsageError where a kubeconfig and an address are mixed, or an address lacks its parts */
export function kubernetesOptions(values: ScalerValues): KubernetesOptions {
  const { kubeconfig, context, server, ca, 'token-file': tokenFile } = values;
  const isDirect = [server, tokenFile, ca].some((option) => option !== undefined);
  if (!isDirect) return { kubeconfig, context };
  if (kubeconfig === undefined && context === undefined) {
    if (server !== undefined && tokenFile !== undefined && ca !== undefined) return { server, tokenFile, ca };
  }
  throw new UsageError(
    'a cluster is named either by --kubeconfig and --context, or by all of --server, --token-file and --ca; see --help',
  );
}

import { parseOptions, UsageError } from '../cli/command';

/** What `npm run scaler` was asked to do. */
export interface ScalerOptions {
  readonly kubernetes: KubernetesOptions;
  readonly metrics: 'cloudwatch' | 'csv';
  /** Path of a workload's traffic by its name. */
  readonly traffic: Readonly<Record<string, string>>;
  readonly workloads: string;
  readonly stateDir: string;
  readonly intervalMinutes: number;
  readonly leaseMinutes: number;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export type KubernetesOptions =
  | { readonly kubeconfig: string; readonly context?: string }
  | { readonly server: string; readonly tokenFile: string; readonly ca: string };

export const DEFAULT_STATE_DIR = 'dist/scaler';

/** @throws UsageError that names the option, the value and what it may be */
export function readOptions(argv: readonly string[]): ScalerOptions | 'help' {
  const options = parseOptions(argv, {
    once: { type: 'boolean', default: false },
    kubeconfig: { type: 'string' },
    context: { type: 'string' },
    server: { type: 'string' },
    'token-file': { type: 'string' },
    ca: { type: 'string' },
    metrics: { type: 'string', default: 'cloudwatch' },
    traffic: { type: 'string', multiple: true, default: [] },
    workloads: { type: 'string' },
    'state-dir': { type: 'string', default: DEFAULT_STATE_DIR },
    'interval-minutes': { type: 'string', default: '5' },
    'lease-minutes': { type: 'string', default: '20' },
    'dry-run': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return 'help';
  if (!options.once) {
    throw new UsageError('--once is needed: what runs for good is the deployed function; see --help');
  }
  if (options.workloads === undefined) throw new UsageError('--workloads <file> is needed; see --help');
  const { metrics } = options;
  if (metrics !== 'cloudwatch' && metrics !== 'csv') {
    throw new UsageError(`--metrics must be cloudwatch or csv, got ${metrics}`);
  }
  const traffic = trafficOf(options.traffic);
  if ((metrics === 'csv') !== Object.keys(traffic).length > 0) {
    throw new UsageError(
      '--metrics csv takes --traffic <name>=<file> for each workload, and cloudwatch none',
    );
  }
  return {
    kubernetes: kubernetesOf(options),
    metrics,
    traffic,
    workloads: options.workloads,
    stateDir: options['state-dir'],
    intervalMinutes: minutesOf('interval-minutes', options['interval-minutes'], 2, 60),
    leaseMinutes: minutesOf('lease-minutes', options['lease-minutes'], 3, 1440),
    dryRun: options['dry-run'],
    json: options.json,
  };
}

function kubernetesOf(options: {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly server?: string;
  readonly 'token-file'?: string;
  readonly ca?: string;
}): KubernetesOptions {
  const { kubeconfig, context, server, ca, 'token-file': tokenFile } = options;
  const direct = [server, tokenFile, ca];
  if (kubeconfig !== undefined && direct.every((option) => option === undefined)) {
    return { kubeconfig, context };
  }
  if (kubeconfig === undefined && context === undefined) {
    if (server !== undefined && tokenFile !== undefined && ca !== undefined) return { server, tokenFile, ca };
  }
  throw new UsageError(
    'either --kubeconfig (and --context), or all of --server, --token-file and --ca are needed; see --help',
  );
}

function trafficOf(options: readonly string[]): Record<string, string> {
  const pairs = options.map((option): [string, string] => {
    const [, name, file] = /^([^=]+)=(.+)$/.exec(option) ?? [];
    if (name === undefined || file === undefined) {
      throw new UsageError(`--traffic must be <name>=<file>, got ${option}`);
    }
    return [name, file];
  });
  return Object.fromEntries(pairs);
}

function minutesOf(name: string, text: string, least: number, most: number): number {
  const minutes = Number(text);
  if (Number.isInteger(minutes) && minutes >= least && minutes <= most) return minutes;
  throw new UsageError(`--${name} must be a whole number between ${least} and ${most}, got ${text}`);
}

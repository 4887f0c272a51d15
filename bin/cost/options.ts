import { environments } from '../../lib/config/environments';
import { parseOptions, UsageError } from '../cli/command';
import { type Assumptions, readAssumptions } from './assumptions';
import { DEFAULT_INSTANCE, type InstanceType, instanceTypeOf } from './kubernetes/instance-types';

export interface EstimateOptions {
  readonly task: 'report' | 'compare';
  readonly environments: readonly string[];
  readonly meanRequestsPerSecond?: number;
  readonly instance: InstanceType;
  readonly assumptions: Assumptions;
  /** Region or file. */
  readonly prices?: string;
  readonly json: boolean;
}

export interface UpdateOptions {
  readonly task: 'update';
  readonly region: string;
  /** File to write, or region of a table; the repository’s table of the region without it. */
  readonly prices?: string;
  readonly instance: InstanceType;
}

export type CostOptions = EstimateOptions | UpdateOptions | { readonly task: 'help' };

/** @throws UsageError that names the option, the value and what it may be */
export function readOptions(argv: readonly string[]): CostOptions {
  const options = parseOptions(argv, {
    env: { type: 'string', multiple: true },
    compare: { type: 'string' },
    'mean-rps': { type: 'string' },
    instance: { type: 'string', default: DEFAULT_INSTANCE },
    assume: { type: 'string', multiple: true, default: [] },
    prices: { type: 'string' },
    'update-prices': { type: 'boolean', default: false },
    region: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return { task: 'help' };
  const { prices, region } = options;
  const instance = instanceTypeOf(options.instance);
  if (options['update-prices']) {
    refuseWithUpdate(options);
    return { task: 'update', region: region ?? 'us-east-1', prices, instance };
  }
  if (region !== undefined) {
    throw new UsageError('--region goes with --update-prices; an environment has its own region');
  }
  if (options.env !== undefined && options.compare !== undefined) {
    throw new UsageError(
      '--env and --compare exclude each other: --compare takes the names, dev,staging,prod',
    );
  }
  return {
    task: options.env === undefined ? 'compare' : 'report',
    environments: namesOf(options),
    meanRequestsPerSecond: meanOf(options['mean-rps']),
    instance,
    assumptions: readAssumptions(options.assume),
    prices,
    json: options.json,
  };
}

/** Each once, in the order in which they were given. */
function namesOf({
  env,
  compare,
}: {
  readonly env?: readonly string[];
  readonly compare?: string;
}): string[] {
  const known = Object.keys(environments);
  const names = env ?? compare?.split(',') ?? known;
  if (names.some((name) => name.trim() === '')) {
    throw new UsageError(`${env ? '--env' : '--compare'} must name one of ${known.join(', ')}, got nothing`);
  }
  return [...new Set(names.map((name) => name.trim()))];
}

/** Options of an estimate that would do nothing. */
function refuseWithUpdate(options: Readonly<Record<string, unknown>>): void {
  const idle = ['env', 'compare', 'mean-rps', 'json'].filter(
    (name) => options[name] !== undefined && options[name] !== false,
  );
  if ((options['assume'] as readonly string[]).length > 0) idle.push('assume');
  if (idle.length > 0) {
    throw new UsageError(
      `--update-prices asks for every environment’s prices and takes no --${idle.join(', --')}`,
    );
  }
}

function meanOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const mean = Number(text);
  if (text.trim() !== '' && mean >= 0 && Number.isFinite(mean)) return mean;
  throw new UsageError(`--mean-rps must be a number of requests a second, 0 or more, got ${text}`);
}

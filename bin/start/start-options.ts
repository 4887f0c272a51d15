import { resolve } from 'node:path';
import { SYNC_PERIOD_SECONDS } from '../../lambda/predictive-scaler/backtest/hpa/resolve-hpa-spec';
import { environments } from '../../lib/config/environments';
import { BehaviourError, parseBehaviour } from '../../service/local/simulation/behaviour';
import type { OptionValues } from '../cli/command';
import { UsageError } from '../cli/command';
import { numberWithin, oneOf, positiveNumber, wholeNumber } from '../cli/option-values';
import { DEFAULT_MAX_PODS } from '../local/hpa/hpa-settings';
import type { LocalProvider, ProviderAccess } from '../local/platform/provider-settings';

/** Folder of the platform's data, from the root of the repository. */
export const DEFAULT_FOLDER = '.platform';

/** Least time between two syncs, seconds of this machine's clock. */
const LEAST_SYNC_SECONDS = 0.25;

/** Most API processes that may be asked for. */
const MOST_PODS = 16;

/** Records of the demo. */
export const DEFAULT_RECORDS = 200_000;

export const OPTIONS = {
  data: { type: 'string', default: DEFAULT_FOLDER },
  fresh: { type: 'boolean', default: false },
  env: { type: 'string' },
  pods: { type: 'string', default: '1' },
  'max-pods': { type: 'string' },
  'requests-per-pod': { type: 'string' },
  'hpa-sync-seconds': { type: 'string' },
  speed: { type: 'string' },
  records: { type: 'string', default: String(DEFAULT_RECORDS) },
  real: { type: 'boolean', default: false },
  upstream: { type: 'string' },
  behaviour: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** Environment variables that the clients of the providers read, too. */
export type ProviderEnvironment = Readonly<
  Partial<
    Record<
      'OPENAI_API_KEY' | 'OPENAI_BASE_URL' | 'ANTHROPIC_API_KEY' | 'ANTHROPIC_BASE_URL',
      string | undefined
    >
  >
>;

/** How API processes are added and removed. */
export interface AutoscalingOptions {
  /** Most API processes. */
  readonly maxPods: number;
  /** Requests per second that one should serve. @default - the environment's */
  readonly requestsPerPod?: number;
  /** Time between two syncs, seconds of the platform's clock. */
  readonly syncSeconds: number;
  /** Seconds of the platform's clock, by which HPA and scaler go, in a second. */
  readonly speed: number;
}

export interface StartOptions {
  /** Absolute path. */
  readonly folder: string;
  /** Whether the data of the folder is deleted first. */
  readonly fresh: boolean;
  readonly environment: string;
  /** Settings that win over those of the environment. */
  readonly settings: Readonly<Record<string, string>>;
  readonly pods: number;
  /** The stand-in of the HPA; null: the number of pods is fixed. */
  readonly autoscaling: AutoscalingOptions | null;
  readonly records: number;
  readonly provider: LocalProvider;
  readonly json: boolean;
}

/** Environment whose settings count without `--env`. */
export const DEFAULT_ENVIRONMENT = 'dev';

/**
 * Settings without `--env`: the objective of production. The limit of a key is a multiple of it, and whoever tries the
 * platform sends what they like.
 */
const DEFAULT_SETTINGS = { OBJECTIVE_REQUESTS_PER_SECOND: '1000' };

/** @throws UsageError that names the option, the value and what it may be */
export function startOptions(
  values: OptionValues<typeof OPTIONS>,
  environment: ProviderEnvironment,
): StartOptions {
  const pods = wholeNumber('pods', values.pods, { least: 1, most: 8 });
  return {
    folder: resolve(values.data),
    fresh: values.fresh,
    environment: oneOf('env', values.env ?? DEFAULT_ENVIRONMENT, Object.keys(environments)),
    settings: values.env === undefined ? DEFAULT_SETTINGS : {},
    pods,
    autoscaling: autoscalingOf(values, pods),
    records: wholeNumber('records', values.records, { least: 0, most: 5_000_000 }),
    provider: providerOf(values, environment),
    json: values.json,
  };
}

/** One process alone has no balancer to which others could be added, unless they are asked for. */
function autoscalingOf(values: OptionValues<typeof OPTIONS>, pods: number): AutoscalingOptions | null {
  const { 'max-pods': most, 'requests-per-pod': requests, 'hpa-sync-seconds': sync, speed: fast } = values;
  const isAskedFor = [most, requests, sync, fast].some((option) => option !== undefined);
  if (pods === 1 && !isAskedFor) return null;
  const syncSeconds =
    sync === undefined ? SYNC_PERIOD_SECONDS : numberWithin('hpa-sync-seconds', sync, { least: 1, most: 60 });
  const speed = fast === undefined ? 1 : numberWithin('speed', fast, { least: 1, most: 60 });
  if (syncSeconds / speed < LEAST_SYNC_SECONDS) {
    throw new UsageError(
      `--hpa-sync-seconds must be at least ${LEAST_SYNC_SECONDS * speed} at --speed ${speed}, got ${syncSeconds}: the pages of the pods are read at each sync`,
    );
  }
  const range = { least: pods, most: MOST_PODS };
  return {
    ...{ syncSeconds, speed },
    maxPods: most === undefined ? Math.max(pods, DEFAULT_MAX_PODS) : wholeNumber('max-pods', most, range),
    ...(requests !== undefined && { requestsPerPod: positiveNumber('requests-per-pod', requests) }),
  };
}

function providerOf(
  { real, upstream, behaviour }: OptionValues<typeof OPTIONS>,
  environment: ProviderEnvironment,
): LocalProvider {
  if ([real, upstream !== undefined, behaviour !== undefined].filter(Boolean).length > 1) {
    throw new UsageError('one of --real, --upstream and --behaviour at most: each chooses the provider');
  }
  if (upstream !== undefined) return { kind: 'upstream', url: webAddress('--upstream', upstream) };
  if (real) return realProvider(environment);
  return { kind: 'simulated', behaviour: behaviour === undefined ? DEMO_BEHAVIOUR : checked(behaviour) };
}

/** About as quick as a small model, so that the cache is seen to help. */
const DEMO_BEHAVIOUR = 'lognormal-250-30-tokens-40';

function checked(behaviour: string): string {
  try {
    parseBehaviour(behaviour);
    return behaviour;
  } catch (error) {
    if (error instanceof BehaviourError)
      throw new UsageError(`--behaviour: ${error.message}`, { cause: error });
    throw error;
  }
}

function realProvider(environment: ProviderEnvironment): LocalProvider {
  const openai = accessOf('OPENAI', environment.OPENAI_API_KEY, environment.OPENAI_BASE_URL);
  const anthropic = accessOf('ANTHROPIC', environment.ANTHROPIC_API_KEY, environment.ANTHROPIC_BASE_URL);
  if (openai === null && anthropic === null) {
    throw new UsageError('--real needs OPENAI_API_KEY or ANTHROPIC_API_KEY in the environment');
  }
  return { kind: 'real', openai, anthropic };
}

function accessOf(name: string, key: string | undefined, baseUrl: string | undefined): ProviderAccess | null {
  if (key === undefined || key === '') return null;
  return {
    key,
    ...(baseUrl !== undefined && baseUrl !== '' && { baseUrl: webAddress(`${name}_BASE_URL`, baseUrl) }),
  };
}

function webAddress(name: string, text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') {
    return text.replace(/\/+$/, '');
  }
  throw new UsageError(`${name} must be an http or https address such as http://127.0.0.1:9999, got ${text}`);
}

import { Environment, ParameterError } from './environment.ts';
import { DEFAULT_MIX, parseMix } from './mix.ts';
import type { MixEntry } from './mix-entry.ts';
import { OBJECTIVES } from './objectives.ts';

/** What a test is run with; rates and durations are before their scale. */
export interface Parameters {
  /** Address of the API, without a slash at its end. */
  readonly baseUrl: string;
  /** Bearer token; empty: none is sent. */
  readonly apiToken: string;
  readonly requestsPerSecond: number;
  readonly users: number;
  /** Mean pause of a user between two requests, seconds. */
  readonly thinkSeconds: number;
  /** Time at full load, ms; undefined: the test's own. */
  readonly durationMs: number | undefined;
  /** Time to get there, ms; undefined: the test's own. */
  readonly rampMs: number | undefined;
  /** What rates and users are multiplied with. */
  readonly rateScale: number;
  /** What durations are multiplied with. */
  readonly timeScale: number;
  /** The last step of the stress test in objectives. */
  readonly stressFactor: number;
  /** The spike's peak in rates of before. */
  readonly spikeFactor: number;
  /** Share of the objective that the soak test keeps up, percent. */
  readonly soakPercent: number;
  readonly timeoutMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly errorPercent: number;
  readonly llmMs: number;
  readonly llmTimeoutPercent: number;
  readonly cacheHitPercent: number;
  /** Name of the header that says HIT where the LLM cache answered; empty: the API does not say. */
  readonly cacheHeader: string;
  /** Whether a user keeps its cookies, and with them its place behind the load balancer. */
  readonly sticky: boolean;
  /** What is asked for; without what writes, unless WRITES=true. */
  readonly mix: readonly MixEntry[];
}

/** An address without query or credentials; k6 has no URL class. */
const ADDRESS = /^https?:\/\/([\w.-]+|\[[\da-f:]+\])(:\d{1,5})?(\/[\w./~-]*)?$/i;
const LOOPBACK = /^http:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?(\/|$)/i;

/**
 * The parameters in k6's `__ENV`; docs/load-testing.md lists them.
 * @throws ParameterError naming every variable that is wrong
 */
export function readParameters(variables: Readonly<Record<string, string | undefined>>): Parameters {
  const env = new Environment(variables);
  const parameters: Parameters = {
    ...target(env),
    requestsPerSecond: env.number('RPS', OBJECTIVES.requestsPerSecond, 1, 100_000),
    users: env.number('USERS', OBJECTIVES.concurrentUsers, 0, 100_000),
    thinkSeconds: env.number('THINK_SECONDS', 10, 0.1, 3600),
    durationMs: env.duration('DURATION'),
    rampMs: env.duration('RAMP'),
    rateScale: env.number('RATE_SCALE', 1, 0.0001, 1),
    timeScale: env.number('TIME_SCALE', 1, 0.000_01, 1),
    stressFactor: env.number('STRESS_FACTOR', 2, 1, 20),
    spikeFactor: env.integer('SPIKE_FACTOR', 10, 2, 100),
    soakPercent: env.number('SOAK_PERCENT', 50, 1, 100),
    timeoutMs: env.number('TIMEOUT_MS', 10_000, 1000, 120_000),
    p50Ms: env.number('P50_MS', OBJECTIVES.latencyP50Milliseconds, 1, 60_000),
    p95Ms: env.number('P95_MS', OBJECTIVES.latencyP95Milliseconds, 1, 60_000),
    p99Ms: env.number('P99_MS', OBJECTIVES.latencyP99Milliseconds, 1, 60_000),
    errorPercent: env.number('ERROR_PERCENT', OBJECTIVES.errorRatePercent, 0.0001, 100),
    llmMs: env.number('LLM_MS', OBJECTIVES.llmLatencyMilliseconds, 1, 600_000),
    llmTimeoutPercent: env.number('LLM_TIMEOUT_PERCENT', OBJECTIVES.llmTimeoutPercent, 0.0001, 100),
    cacheHitPercent: env.number('CACHE_HIT_PERCENT', OBJECTIVES.cacheHitPercent, 0, 100),
    cacheHeader: cacheHeader(env),
    sticky: env.flag('STICKY'),
    mix: mixOf(env),
  };
  if (env.problems.length > 0) throw new ParameterError(env.problems);
  return parameters;
}

/** Neither address nor token is repeated in what is wrong with them: an address may hold a password. */
function target(env: Environment): Pick<Parameters, 'baseUrl' | 'apiToken'> {
  const baseUrl = env.text('BASE_URL').replace(/\/+$/, '');
  const apiToken = env.text('API_TOKEN');
  if (baseUrl === '') {
    env.problems.push('BASE_URL is needed: the address of the API, such as https://api.example.com');
  } else if (!ADDRESS.test(baseUrl)) {
    env.problems.push(
      'BASE_URL must be an http(s) address such as https://api.example.com, without credentials or a query',
    );
  } else if (apiToken !== '' && baseUrl.startsWith('http:') && !LOOPBACK.test(baseUrl)) {
    env.problems.push('BASE_URL must be https:// where API_TOKEN is set: a token is not sent in the clear');
  }
  if (/[^\x21-\x7e]/.test(apiToken)) env.problems.push('API_TOKEN must be one word of ASCII characters');
  return { baseUrl, apiToken };
}

function cacheHeader(env: Environment): string {
  const name = env.text('CACHE_HEADER');
  if (!/^[\w-]*$/.test(name)) {
    env.problems.push(`CACHE_HEADER must be the name of a header such as X-Cache, got ${name}`);
  }
  return name;
}

function mixOf(env: Environment): readonly MixEntry[] {
  const json = env.text('MIX');
  const mix = json === '' ? DEFAULT_MIX : parseMix(json, env.problems);
  const allowed = env.flag('WRITES') ? mix : mix.filter(({ method }) => method === 'GET');
  if (mix.length > 0 && allowed.length === 0) {
    env.problems.push('MIX has nothing but requests that write: set WRITES=true, or add a GET');
  }
  return allowed;
}

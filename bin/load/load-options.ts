import { UsageError } from '../cli/command';
import { numberWithin, oneOf, pair, wholeNumber } from '../cli/option-values';
import type { LoadPlan } from './run-load';
import { SCENARIOS } from './script';
import { BEHAVIOURS, type Behaviour } from './stub-api';
import { loopbackOrigin } from './target';

/** Options of the command, in the form of `parseArgs`. */
export const OPTIONS = {
  scenario: { type: 'string' },
  server: { type: 'string' },
  target: { type: 'string' },
  seconds: { type: 'string' },
  'rate-scale': { type: 'string' },
  rate: { type: 'string' },
  users: { type: 'string' },
  ramp: { type: 'string' },
  'warm-up': { type: 'string' },
  pods: { type: 'string' },
  records: { type: 'string' },
  behaviour: { type: 'string' },
  report: { type: 'string' },
  save: { type: 'boolean', default: false },
  compare: { type: 'boolean', default: false },
  baseline: { type: 'string', default: 'dist/load/baseline.json' },
  repeat: { type: 'string', default: '5' },
  env: { type: 'string', short: 'e', multiple: true, default: [] as string[] },
  json: { type: 'boolean', default: false },
} as const;

export interface OptionTexts {
  readonly scenario?: string;
  readonly server?: string;
  readonly target?: string;
  readonly seconds?: string;
  readonly 'rate-scale'?: string;
  readonly rate?: string;
  readonly users?: string;
  readonly ramp?: string;
  readonly 'warm-up'?: string;
  readonly pods?: string;
  readonly records?: string;
  readonly behaviour?: string;
  readonly report?: string;
  readonly save: boolean;
  readonly compare: boolean;
  readonly baseline: string;
  readonly repeat: string;
  readonly env: readonly string[];
  readonly json: boolean;
}

/** The platform that `--target local` starts. */
export interface LocalTarget {
  readonly pods: number;
  readonly records: number;
  /** How the simulated provider answers, in its words. */
  readonly behaviour: string;
}

/** What the load is offered to: a server of the command's own, one that runs, or the whole platform. */
export type LoadTarget = { readonly server: Behaviour } | { readonly origin: string } | LocalTarget;

export interface LoadOptions {
  readonly plan: LoadPlan;
  readonly target: LoadTarget;
  /** Seconds of a lower load before the run, which is not measured; 0: none. */
  readonly warmUpSeconds: number;
  /** Folder of the report; null: none is written. */
  readonly report: string | null;
  readonly baseline: BaselineOptions | null;
  readonly json: boolean;
}

export interface BaselineOptions {
  readonly action: 'save' | 'compare';
  readonly file: string;
  /** Number of runs that count. */
  readonly repeat: number;
}

/** Parameters that the command sets itself, from its other options. */
const OWN_PARAMETERS = ['BASE_URL', 'RATE_SCALE', 'TIME_SCALE'];

/** Where the report of a platform is written unless told otherwise. */
const REPORT_FOLDER = 'dist/load';

/** Seconds and factor on rates, unless told otherwise: the command's own server is no platform. */
const LOCAL = { seconds: '60', rateScale: '1' };
const SMALL = { seconds: '10', rateScale: '0.1' };

/**
 * What the platform serves: all of it, with the name of the header that says whether the cache answered.
 * `-e` may say otherwise.
 */
const LOCAL_PARAMETERS = { MIX: 'product', WRITES: 'true', CACHE_HEADER: 'x-cache' };

/** Smoke sends each request 20 times: too few for prompts to come again. */
const NO_HITS = { CACHE_HIT_PERCENT: '0' };

/** A model that answers in 0.3 s, sometimes in 0.5 s. */
const BEHAVIOUR = 'lognormal-300-30';

/**
 * Seconds of lower load before the run: a pod of a cluster has run for hours, and Node compiles code that runs often. The
 * platform of a load test has just started.
 */
const WARM_UP_SECONDS = '15';

/** Variables of the caller that are read, as k6 reads them. */
export type LoadVariables = Readonly<Partial<Record<'API_TOKEN', string>>>;

/**
 * @param variables the key of a server of yours, so that it is not in the shell's history
 * @throws UsageError naming the option that is wrong
 */
export function loadOptions(texts: OptionTexts, variables: LoadVariables = {}): LoadOptions {
  if (texts.scenario === undefined) throw new UsageError('--scenario <name> is needed; see --help');
  const target = targetOf(texts);
  const isLocal = 'pods' in target;
  const defaults = isLocal ? LOCAL : SMALL;
  const baseline = baselineOf(texts);
  if ('server' in target && (baseline !== null || texts.report !== undefined)) {
    throw new UsageError('--report, --save and --compare need a server of yours, or --target local');
  }
  return {
    target,
    baseline,
    warmUpSeconds: warmUpOf(texts, isLocal),
    report: texts.report ?? (isLocal ? REPORT_FOLDER : null),
    json: texts.json,
    plan: {
      scenario: oneOf('scenario', texts.scenario, SCENARIOS),
      seconds: numberWithin('seconds', texts.seconds ?? defaults.seconds, { least: 0.5, most: 14_400 }),
      // A rate that is named is the rate.
      rateScale: numberWithin(
        'rate-scale',
        texts['rate-scale'] ?? (texts.rate === undefined ? defaults.rateScale : '1'),
        { least: 0.001, most: 1 },
      ),
      rampSeconds:
        texts.ramp === undefined ? null : numberWithin('ramp', texts.ramp, { least: 0.1, most: 600 }),
      parameters: {
        ...(isLocal ? LOCAL_PARAMETERS : {}),
        ...(isLocal && texts.scenario === 'smoke' ? NO_HITS : {}),
        ...('origin' in target && variables.API_TOKEN ? { API_TOKEN: variables.API_TOKEN } : {}),
        ...ratesOf(texts),
        ...parametersOf(texts.env),
      },
    },
  };
}

function targetOf(texts: OptionTexts): LoadTarget {
  const { server, target } = texts;
  if (server !== undefined && target !== undefined) {
    throw new UsageError('either --server or --target: with --target the server is your own');
  }
  if (target === 'local') {
    return {
      pods: wholeNumber('pods', texts.pods ?? '1', { least: 1, most: 8 }),
      records: wholeNumber('records', texts.records ?? '50000', { least: 0, most: 2_000_000 }),
      behaviour: texts.behaviour ?? BEHAVIOUR,
    };
  }
  const wrong = (['pods', 'records', 'behaviour'] as const).find((name) => texts[name] !== undefined);
  if (wrong !== undefined) throw new UsageError(`--${wrong} needs --target local, which starts the platform`);
  return target === undefined
    ? { server: oneOf('server', server ?? 'good', BEHAVIOURS) }
    : { origin: loopbackOrigin('--target', target) };
}

function warmUpOf({ scenario, 'warm-up': seconds }: OptionTexts, isLocal: boolean): number {
  if (!isLocal && seconds !== undefined) {
    throw new UsageError('--warm-up needs --target local, which starts the platform');
  }
  if (!isLocal || scenario === 'smoke') return 0;
  return numberWithin('warm-up', seconds ?? WARM_UP_SECONDS, { least: 0, most: 600 });
}

function baselineOf({ save, compare, baseline, repeat }: OptionTexts): BaselineOptions | null {
  if (save && compare)
    throw new UsageError('either --save or --compare: the comparison is with what was saved');
  if (!save && !compare) return null;
  return {
    action: save ? 'save' : 'compare',
    file: baseline,
    repeat: wholeNumber('repeat', repeat, { least: 3, most: 100 }),
  };
}

function ratesOf({ rate, users }: OptionTexts): Record<string, string> {
  return {
    ...(rate === undefined ? {} : { RPS: String(numberWithin('rate', rate, { least: 1, most: 10_000 })) }),
    ...(users === undefined
      ? {}
      : { USERS: String(wholeNumber('users', users, { least: 0, most: 100_000 })) }),
  };
}

/** Parameters of the script by name; of two with one name the last one counts, as in k6. */
function parametersOf(options: readonly string[]): Record<string, string> {
  const pairs = options.map((option) => pair('env', 'NAME=value', option));
  const own = pairs.find(([name]) => OWN_PARAMETERS.includes(name));
  if (own !== undefined) {
    throw new UsageError(`--env ${own[0]} is set by --target, --rate-scale and --seconds`);
  }
  return Object.fromEntries(pairs);
}

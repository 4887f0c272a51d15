import { parseOptions, UsageError } from '../cli/command';
import { loopbackOrigin } from './target';

/** The scripts of test/load/. */
export const SCENARIOS = ['smoke', 'load', 'stress', 'spike', 'soak'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** How the server of the command behaves. */
export const BEHAVIOURS = ['good', 'slow', 'failing', 'limited', 'down'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** What `npm run load` was asked to do. */
export interface LoadOptions {
  readonly scenario: ScenarioName;
  /** Our own server, or the origin of one on loopback. */
  readonly server: Behaviour | { readonly origin: string };
  /** Length of the run, seconds. */
  readonly seconds: number;
  /** What the script's rates are multiplied with. */
  readonly rateScale: number;
  /** Parameters of the script by name. */
  readonly env: Readonly<Record<string, string>>;
  readonly json: boolean;
}

export const DEFAULT_SECONDS = 10;
export const DEFAULT_RATE_SCALE = 0.1;

/** @throws UsageError that names the option, the value and what it may be */
export function readOptions(argv: readonly string[]): LoadOptions | 'help' {
  const options = parseOptions(argv, {
    scenario: { type: 'string' },
    server: { type: 'string' },
    target: { type: 'string' },
    seconds: { type: 'string', default: String(DEFAULT_SECONDS) },
    'rate-scale': { type: 'string', default: String(DEFAULT_RATE_SCALE) },
    env: { type: 'string', short: 'e', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return 'help';
  if (options.scenario === undefined) throw new UsageError('--scenario <name> is needed; see --help');
  if (options.server !== undefined && options.target !== undefined) {
    throw new UsageError('either --server or --target: with --target the server is your own');
  }
  return {
    scenario: oneOf('scenario', options.scenario, SCENARIOS),
    server:
      options.target === undefined
        ? oneOf('server', options.server ?? 'good', BEHAVIOURS)
        : { origin: loopbackOrigin('--target', options.target) },
    seconds: numberOf('seconds', options.seconds, 0.5, 600),
    rateScale: numberOf('rate-scale', options['rate-scale'], 0.001, 1),
    env: envOf(options.env),
    json: options.json,
  };
}

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new UsageError(`--${name} must be one of ${known.join(', ')}, got ${value}`);
  return found;
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new UsageError(`--${name} must be a number between ${least} and ${most}, got ${text}`);
}

/** What the command sets itself, from its other options. */
const OWN = ['BASE_URL', 'RATE_SCALE', 'TIME_SCALE'];

function envOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^(\w+)=([\s\S]*)$/.exec(pair) ?? [];
      if (name === undefined || value === undefined) {
        throw new UsageError(`--env must be NAME=value, got ${pair}`);
      }
      if (OWN.includes(name)) {
        throw new UsageError(`--env ${name} is set by --target, --rate-scale and --seconds`);
      }
      return [name, value];
    }),
  );
}

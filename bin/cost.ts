#!/usr/bin/env node
import { environments } from '../lib/config/environments';
/** `npm run cost`: what an environment costs a month, from its own templates. */
import type { AwsClientProps } from '../service/shared/aws-call';
import { command, type OptionTable, type OptionValues, run, UsageError } from './cli/command';
import { numberWithin } from './cli/option-values';
import { readAssumptions } from './cost/assumptions';
import { changedKnobs } from './cost/changed-knobs';
import { estimateEnvironment } from './cost/estimate-environment';
import { formatReports } from './cost/format';
import { formatComparison } from './cost/format-comparison';
import { DEFAULT_INSTANCE, instanceTypeOf } from './cost/kubernetes/instance-types';
import { LEFT_OUT } from './cost/left-out';
import { priceTables } from './cost/prices/price-table';
import { updateTable } from './cost/update-table';

const HELP = `Estimates what an environment costs a month, from its templates and manifests, offline.

Usage: npm run cost -- [options]

  --env <name>           environment to price, in full; may be repeated (default: all of them compared)
  --compare <names>      environments to compare (default: ${Object.keys(environments).join(',')})
  --mean-rps <n>         mean requests a second at the expected load (default: a share of the objective)
  --instance <type>      EC2 type of the nodes (default: ${DEFAULT_INSTANCE})
  --assume <name=value>  another value for an assumption; may be repeated
  --set <knob=value>     price the environment with another value of a knob; may be repeated
                         (npm run cost -- --env prod --set webAcl.inspectCloudFrontTraffic=load-balancer)
  --prices <file>        price table, or the region of one of the repository's (default: the environment's region)
  --update-prices        refresh a price table from the AWS Price List API, with AWS credentials
  --region <region>      region of that table (default: us-east-1); --prices names another file to write
  --json                 print everything as JSON with exact figures (npm run --silent cost -- --json)
  --help                 print this

docs/cost.md says how to read it, where the prices come from, and what is left out.
Exit codes: 0 estimated, or every price is fresh; 1 the call is wrong, or a price was not refreshed.`;

const OPTIONS = {
  env: { type: 'string', multiple: true },
  compare: { type: 'string' },
  'mean-rps': { type: 'string' },
  instance: { type: 'string', default: DEFAULT_INSTANCE },
  assume: { type: 'string', multiple: true, default: [] },
  set: { type: 'string', multiple: true, default: [] },
  prices: { type: 'string' },
  'update-prices': { type: 'boolean', default: false },
  region: { type: 'string' },
  json: { type: 'boolean', default: false },
} satisfies OptionTable;

type Options = OptionValues<typeof OPTIONS>;

/** What the command reaches beside its arguments; tests pass their own. */
export interface Surroundings {
  /** How to reach the AWS Price List API. @default - AWS’s own, with the credentials of the environment */
  readonly pricing?: AwsClientProps;
  /** Time, ms since 1970. @default - this machine’s clock */
  readonly now?: () => number;
}

export const main = command({
  help: HELP,
  options: OPTIONS,
  run: async (options, { print }, { pricing = {}, now = Date.now }: Surroundings = {}) => {
    if (!options['update-prices']) {
      for (const line of estimate(options)) print(line);
      return 0;
    }
    refuseWithUpdate(options);
    const { lines, isComplete } = await updateTable({
      region: options.region ?? 'us-east-1',
      prices: options.prices,
      instance: instanceTypeOf(options.instance),
      pricing,
      now: now(),
    });
    for (const line of lines) print(line);
    return isComplete ? 0 : 1;
  },
});

/** The report or the comparison as lines. */
function estimate(options: Options): string[] {
  if (options.region !== undefined) {
    throw new UsageError('--region goes with --update-prices; an environment has its own region');
  }
  const meanRps = options['mean-rps'];
  const assumptions = readAssumptions(options.assume);
  const settings = {
    instance: instanceTypeOf(options.instance),
    meanRequestsPerSecond:
      meanRps === undefined ? undefined : numberWithin('mean-rps', meanRps, { least: 0 }),
    assumptions,
    changes: changedKnobs(options.set),
  };
  const reports = namesOf(options).map((name) =>
    estimateEnvironment(name, settings, (region) => priceTables(region, options.prices)),
  );
  if (options.json) {
    return [JSON.stringify({ assumptions, environments: reports, leftOut: LEFT_OUT }, null, 2)];
  }
  return options.env === undefined ? formatComparison(reports) : formatReports(reports, assumptions);
}

/** Names of environments, each once, in the order in which they were given. */
function namesOf({ env, compare }: Options): string[] {
  if (env !== undefined && compare !== undefined) {
    throw new UsageError(
      '--env and --compare exclude each other: --compare takes the names, dev,staging,prod',
    );
  }
  const known = Object.keys(environments);
  const names = env ?? compare?.split(',') ?? known;
  if (names.some((name) => name.trim() === '')) {
    throw new UsageError(`${env ? '--env' : '--compare'} must name one of ${known.join(', ')}, got nothing`);
  }
  return [...new Set(names.map((name) => name.trim()))];
}

/** Refuses options of an estimate, which would have no effect. */
function refuseWithUpdate(options: Options): void {
  const names = ['env', 'compare', 'mean-rps', 'json'] as const;
  const idle: string[] = names.filter((name) => options[name] !== undefined && options[name] !== false);
  if (options.assume.length > 0) idle.push('assume');
  if (options.set.length > 0) idle.push('set');
  if (idle.length > 0) {
    throw new UsageError(
      `--update-prices asks for every environment’s prices and takes no --${idle.join(', --')}`,
    );
  }
}

if (require.main === module) run(main);

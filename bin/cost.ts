#!/usr/bin/env node
import type { AwsClientProps } from '../lambda/shared/aws-call';
/** `npm run cost`: what an environment costs a month, from its own templates. */
import { environments } from '../lib/config/environments';
import { expectedLines, run, type Terminal } from './cli/command';
import { estimateEnvironment } from './cost/estimate-environment';
import { formatReport } from './cost/format';
import { formatComparison } from './cost/format-comparison';
import { DEFAULT_INSTANCE } from './cost/kubernetes/instance-types';
import { LEFT_OUT } from './cost/left-out';
import { type EstimateOptions, readOptions } from './cost/options';
import { priceTables } from './cost/prices/price-table';
import type { CostReport } from './cost/report';
import { runUpdate } from './cost/update-command';

const HELP = `Estimates what an environment costs a month, from its templates and manifests, offline.

Usage: npm run cost -- [options]

  --env <name>           environment to price, in full; may be repeated (default: all of them compared)
  --compare <names>      environments beside each other (default: ${Object.keys(environments).join(',')})
  --mean-rps <n>         mean requests a second at the expected load (default: a share of the objective)
  --instance <type>      EC2 type of the nodes (default: ${DEFAULT_INSTANCE})
  --assume <name=value>  another value for an assumption; may be repeated
  --prices <file>        price table, or the region of one that is there (default: the environment's region)
  --update-prices        refresh a price table from the AWS Price List API, with AWS credentials
  --region <region>      region of that table (default: us-east-1); --prices says where to write another file
  --json                 print everything as JSON, exact (npm run --silent cost -- --json)
  --help                 print this

docs/cost.md says how to read it, where the prices come from, and what is left out.
Exit codes: 0 estimated, or every price is fresh; 1 the call cannot be meant so, or a price was not refreshed.`;

/** What the command reaches beside its arguments; tests give their own. */
export interface Surroundings {
  /** How to reach the AWS Price List API. @default - AWS’s own, with the credentials of the environment */
  readonly pricing?: AwsClientProps;
  /** ms since 1970. @default - this machine’s clock */
  readonly now?: () => number;
}

/** @returns exit code */
export async function main(
  argv: readonly string[],
  terminal: Terminal,
  { pricing = {}, now = Date.now }: Surroundings = {},
): Promise<number> {
  try {
    const options = readOptions(argv);
    if (options.task === 'help') {
      terminal.print(HELP);
      return 0;
    }
    if (options.task === 'update') return await runUpdate(options, terminal, pricing, now());
    const reports = options.environments.map((name) =>
      estimateEnvironment(name, options, (region) => priceTables(region, options.prices)),
    );
    print(options, reports, terminal);
    return 0;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

function print(
  { task, json, assumptions }: EstimateOptions,
  reports: readonly CostReport[],
  { print }: Terminal,
): void {
  if (json) {
    print(JSON.stringify({ assumptions, environments: reports, leftOut: LEFT_OUT }, null, 2));
    return;
  }
  const lines =
    task === 'compare'
      ? formatComparison(reports)
      : reports.flatMap((report, index) => [
          ...(index > 0 ? [''] : []),
          ...formatReport(report, assumptions),
        ]);
  for (const line of lines) print(line);
}

if (require.main === module) run(main);

#!/usr/bin/env node
/** `npm run cost`: what an environment costs a month, from its own templates. */
import { environments } from '../lib/config/environments';
import { loadEnvironment } from '../lib/config/resolve-config';
import { expectedLines, run, type Terminal } from './cli';
import { synthesizeEnvironment } from './cost/environment';
import { formatReport } from './cost/format';
import { formatComparison } from './cost/format-comparison';
import { DEFAULT_INSTANCE } from './cost/kubernetes/instance-types';
import { type EstimateOptions, readOptions } from './cost/options';
import { priceTables } from './cost/prices/price-table';
import { type CostReport, reportOf } from './cost/report';

const HELP = `Estimates what an environment costs a month, from its templates and manifests, offline.

Usage: npm run cost -- [options]

  --env <name>           environment to price, in full; may be repeated (default: all of them compared)
  --compare <names>      environments beside each other (default: ${Object.keys(environments).join(',')})
  --mean-rps <n>         mean requests a second at the expected load (default: a share of the objective)
  --instance <type>      EC2 type of the nodes (default: ${DEFAULT_INSTANCE})
  --assume <name=value>  another value for an assumption; may be repeated
  --prices <file>        price table, or the region of one that is there (default: the environment's region)
  --json                 print everything as JSON, exact (npm run --silent cost -- --json)
  --help                 print this

docs/cost.md says how to read it, where the prices come from, and what is left out.
Exit codes: 0 estimated, 1 the call cannot be meant so.`;

/** @returns exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = readOptions(argv);
    if (options.task === 'help') {
      terminal.print(HELP);
      return 0;
    }
    if (options.task === 'update') return 1;
    print(
      options,
      options.environments.map((name) => estimate(name, options)),
      terminal,
    );
    return 0;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

function estimate(environment: string, options: EstimateOptions): CostReport {
  const config = loadEnvironment(environment);
  return reportOf({
    ...synthesizeEnvironment(config),
    ...options,
    environment,
    region: config.region,
    objectiveRequestsPerSecond: config.objectives.requestsPerSecond,
    tables: priceTables(config.region, options.prices),
  });
}

function print(
  { task, json, assumptions }: EstimateOptions,
  reports: readonly CostReport[],
  { print }: Terminal,
): void {
  if (json) {
    print(JSON.stringify({ assumptions, environments: reports }, null, 2));
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

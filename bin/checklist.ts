#!/usr/bin/env node
/** `npm run checklist`: the guide's checklist, item by item, with evidence. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { renderManifests } from '../k8s/manifests';
import { environments } from '../lib/config/environments';
import { loadEnvironment } from '../lib/config/resolve-config';
import { checklistLines, checklistPage } from './checklist/format-checklist';
import { runChecklist } from './checklist/run-checklist';
import { command, type OptionTable, type OptionValues, run, type Terminal, UsageError } from './cli/command';
import { timeZone } from './cli/option-values';
import { type CloudSurroundings, withCloud } from './cloud/cloud-command';
import { environmentStacks } from './cloud/environment-stacks';
import { interruptible, interruptSignal } from './cloud/interruptible';
import { type LiveStack, readStacks } from './cloud/read-stack';
import { type Fit, fitOf } from './sizing/fit';
import { loadShape } from './sizing/load-shape';
import { requestCost } from './sizing/request-cost';
import { draftTemplates } from './synth/draft-templates';
import { HISTORY_OPTIONS, historyOptionsOf } from './traffic/options';
import { readHistory } from './traffic/read-history';

const HELP = `Goes through the checklist of the guide, phases 1 to 4: whether each item holds for an environment, with evidence from its
configuration, templates, manifests, from figures that were measured, and from the account.

Usage: npm run checklist -- --env <name> [options]

  --env <name>        environment: ${Object.keys(environments).join(', ')}
  --trace <file>      history of traffic in requests per second, for item 4.2; as npm run sizing takes it, with its
                      --column, --counter, --no-counter, --per-second and --time-zone
  --account           look at the stacks in the account too; needs AWS credentials
  --page              print docs/checklist.md instead: every item with what is looked at
  --json              print the verdicts as JSON (npm run --silent checklist -- --json)
  --help              print this

Exit codes: 0 every item holds or cannot be known, 1 the call is wrong or AWS cannot be asked, 2 something does not hold,
130 interrupted.`;

/** Exit code where an item does not hold. */
const FAILED = 2;

const OPTIONS = {
  env: { type: 'string' },
  trace: { type: 'string' },
  'time-zone': { type: 'string', default: 'UTC' },
  ...HISTORY_OPTIONS,
  account: { type: 'boolean', default: false },
  page: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} satisfies OptionTable;

type Options = OptionValues<typeof OPTIONS>;

export const main = command({
  help: HELP,
  options: OPTIONS,
  run: async (options, terminal, surroundings: CloudSurroundings) => {
    if (options.page) {
      terminal.print(checklistPage().trimEnd());
      return 0;
    }
    return interruptible(terminal, 'nothing was changed', () => check(options, terminal, surroundings));
  },
});

async function check(options: Options, terminal: Terminal, surroundings: CloudSurroundings): Promise<number> {
  const { env } = options;
  if (env === undefined) throw new UsageError('--env <name> is needed; see --help');
  const config = loadEnvironment(env);
  const { root } = surroundings.machine;
  const results = runChecklist({
    config,
    stacks: draftTemplates(config),
    documents: renderManifests(config).manifests.map(({ document }) => document),
    readText: (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined),
    live: options.account ? await stacksOf(env, terminal, surroundings) : undefined,
    fit: fitOfTrace(options, config),
  });
  const lines = options.json
    ? [JSON.stringify({ environment: env, items: results }, null, 2)]
    : checklistLines(env, results);
  for (const line of lines) terminal.print(line);
  return results.some(({ verdict }) => verdict === 'does not hold') ? FAILED : 0;
}

/** @throws {AwsProblem} */
function stacksOf(env: string, terminal: Terminal, surroundings: CloudSurroundings): Promise<LiveStack[]> {
  return withCloud({ env }, terminal, surroundings, ({ aws, config }) =>
    readStacks(aws, environmentStacks(config)),
  );
}

/** @throws UsageError on a file that cannot be read */
function fitOfTrace(options: Options, config: ReturnType<typeof loadEnvironment>): Fit | undefined {
  if (options.trace === undefined) return undefined;
  const zone = timeZone('time-zone', options['time-zone']);
  const { samples, stepMinutes } = readHistory(options.trace, historyOptionsOf(options, zone));
  return fitOf(config, loadShape(samples, stepMinutes), requestCost({}, config));
}

if (require.main === module) {
  const machine = {
    environment: process.env,
    home: homedir(),
    root: join(__dirname, '..'),
    now: () => new Date(),
    elapsedMs: () => performance.now(),
  };
  run((argv, terminal) => main(argv, terminal, { machine, signal: interruptSignal() }));
}

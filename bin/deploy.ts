#!/usr/bin/env node
import { mkdtempSync, rmSync } from 'node:fs';
/** `npm run deploy`: an environment's stacks and manifests, from nothing or from an earlier deployment. */
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, run } from './cli/command';
import {
  CLOUD_OPTIONS,
  CLOUD_OPTIONS_HELP,
  type CloudSurroundings,
  clusterOptions,
  withCloud,
} from './cloud/cloud-command';
import { interruptible, interruptSignal } from './cloud/interruptible';
import type { CloudContext } from './cloud/machine';
import { type Ask, approveChanges, askAtTerminal } from './deploy/approve';
import { formatDiff } from './deploy/diff/format-diff';
import { isEmptyDiff, planDeployment } from './deploy/plan';
import { PRECONDITIONS, type Precondition } from './deploy/preflight';
import type { Entrance } from './deploy/probe/entrance';
import { runDeploy, StoppedHalfway } from './deploy/run-deploy';
import { readAssembly } from './deploy/stacks/assembly';
import { summaryLines } from './deploy/summary';
import { doctorPrecondition } from './doctor/precondition';
import { realSurroundings } from './doctor/real-surroundings';
import { renderEnvironment } from './synth/render-environment';

const HELP = `Deploys an environment: stacks, manifests, and a record that is stored and read back at the end.
Run it again after any failure or Ctrl-C: it continues with what is missing.

Usage: npm run deploy -- --env <name> [options]

  --dry-run              show what would change, replacements and lost data first, and change nothing
  --yes                  do not ask before changes of rights and networks, replacements and removals; without a
                         terminal nobody is asked
  --prune                delete objects of the cluster that the manifests no longer have
  --no-record            store no record at the end
  --assembly <dir>       deploy an assembly that npm run synth wrote (default: synthesize one into dist/<env>)
${CLOUD_OPTIONS_HELP}

The state of the runs is in .deploy/ (no secrets): durations, the last step, the CDK's output.
Exit codes: 0 deployed, or nothing would change; 1 the call or a precondition is wrong, nothing was changed;
2 --dry-run found changes; 3 stopped on the way: run it again; 130 interrupted.`;

/** What a deployment reaches beside its arguments. */
export interface DeploySurroundings extends CloudSurroundings {
  /** Asks a person; undefined: nobody is there. */
  readonly ask: Ask | undefined;
  /** @default PRECONDITIONS */
  readonly preconditions?: readonly Precondition[];
  /** @default - the load balancer, or CloudFront */
  readonly entrance?: Entrance;
}

const CHANGES_FOUND = 2;
const HALFWAY = 3;

export const main = command({
  help: HELP,
  options: {
    ...CLOUD_OPTIONS,
    'dry-run': { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
    prune: { type: 'boolean', default: false },
    'no-record': { type: 'boolean', default: false },
    assembly: { type: 'string' },
  },
  run: async (values, terminal, surroundings: DeploySurroundings) => {
    const { assembly, json } = values;
    const { ask, preconditions, entrance } = surroundings;
    const cluster = clusterOptions(values);
    const work = async (context: CloudContext) => {
      if (values['dry-run']) return dryRun(context, { assembly, json, cluster }, terminal.print);
      const summary = await runDeploy(context, {
        ...(assembly !== undefined && { assembly }),
        ...(preconditions && { preconditions }),
        ...(entrance && { entrance }),
        cluster,
        prune: values.prune,
        probe: !values['no-record'],
        approve: async (stacks) =>
          values.yes || ask === undefined || (await approveChanges(context, stacks, ask)),
      });
      for (const line of json ? [JSON.stringify(summary, null, 2)] : summaryLines(summary))
        terminal.print(line);
      return 0;
    };
    const advice = 'CloudFormation finishes what it has begun; npm run deploy again continues with the rest';
    try {
      return await interruptible(terminal, advice, () => withCloud(values, terminal, surroundings, work));
    } catch (error) {
      if (!(error instanceof StoppedHalfway)) throw error;
      for (const line of error.message.split('\n')) terminal.printError(line);
      terminal.printError('run it again when that is repaired: it continues with what is missing');
      return HALFWAY;
    }
  },
});

interface DryRunOptions {
  readonly assembly: string | undefined;
  readonly json: boolean;
  readonly cluster: ReturnType<typeof clusterOptions>;
}

async function dryRun(
  context: CloudContext,
  { assembly, json, cluster }: DryRunOptions,
  print: (line: string) => void,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
  try {
    const directory = assembly ?? join(folder, 'cloudformation');
    if (assembly === undefined) {
      await renderEnvironment(context.config.environment, folder, undefined, context.config.account);
    }
    const diff = await planDeployment(context, readAssembly(directory), cluster);
    for (const line of json ? [JSON.stringify(diff, null, 2)] : formatDiff(diff)) print(line);
    return isEmptyDiff(diff) ? 0 : CHANGES_FOUND;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (require.main === module) {
  const root = process.cwd();
  const machine = {
    environment: process.env,
    home: homedir(),
    root,
    now: () => new Date(),
    elapsedMs: () => performance.now(),
  };
  const ask = process.stdin.isTTY && process.stderr.isTTY ? askAtTerminal : undefined;
  const preconditions = [...PRECONDITIONS, doctorPrecondition(realSurroundings())];
  run((argv, terminal) => main(argv, terminal, { machine, signal: interruptSignal(), ask, preconditions }));
}

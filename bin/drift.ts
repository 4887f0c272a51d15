#!/usr/bin/env node
/** `npm run drift`: whether an environment is still as it was deployed. */
import { homedir } from 'node:os';
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
import { driftLines } from './drift/format-drift';
import { hasDrift, runDrift } from './drift/run-drift';

const HELP = `Compares an environment with what was deployed: its stacks by CloudFormation's drift detection, its
manifests by a dry run of their apply. Changes nothing. Fields that a controller is in charge of are left alone, such as
the replicas of a Deployment with an HPA, and the HPA's floor while predictive scaling holds one.

Usage: npm run drift -- --env <name> [options]

${CLOUD_OPTIONS_HELP}

npm run deploy -- --dry-run compares with this repository instead.
Exit codes: 0 as deployed, 1 the call is wrong or the environment cannot be read, 2 something differs, 130 interrupted.`;

const DIFFERS = 2;

export const main = command({
  help: HELP,
  options: CLOUD_OPTIONS,
  run: async (values, terminal, surroundings: CloudSurroundings) => {
    const work = async (context: CloudContext) => {
      const report = await runDrift(context, clusterOptions(values));
      const lines = values.json ? [JSON.stringify(report, null, 2)] : driftLines(report);
      for (const line of lines) terminal.print(line);
      return hasDrift(report) ? DIFFERS : 0;
    };
    return interruptible(terminal, 'nothing was changed', () =>
      withCloud(values, terminal, surroundings, work),
    );
  },
});

if (require.main === module) {
  const machine = {
    environment: process.env,
    home: homedir(),
    root: process.cwd(),
    now: () => new Date(),
    elapsedMs: () => performance.now(),
  };
  run((argv, terminal) => main(argv, terminal, { machine, signal: interruptSignal() }));
}

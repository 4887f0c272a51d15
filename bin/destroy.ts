#!/usr/bin/env node
/** `npm run destroy`: takes an environment away, manifests first, then stacks in reverse order. */
import { homedir } from 'node:os';
import { command, run, UsageError } from './cli/command';
import {
  CLOUD_OPTIONS,
  CLOUD_OPTIONS_HELP,
  type CloudSurroundings,
  clusterOptions,
  withCloud,
} from './cloud/cloud-command';
import { interruptible, interruptSignal } from './cloud/interruptible';
import type { CloudContext } from './cloud/machine';
import { type Ask, askAtTerminal } from './deploy/approve';
import { keptLines } from './destroy/format-kept';
import { runDestroy } from './destroy/run-destroy';

const HELP = `Deletes an environment: its manifests, so that controllers clean up, then its stacks in reverse order.
Works on half-made environments. Run it again after a failure or Ctrl-C. Protected environments refuse.

Usage: npm run destroy -- --env <name> [options]

  --yes <name>           agree by naming the environment; without it you are asked to type its name
  --skip-manifests       leave the cluster's objects alone: the cluster cannot be reached any more
${CLOUD_OPTIONS_HELP}

What stays (keys, snapshots, logs, buckets, images) is listed with its cost and the command that removes it.
Exit codes: 0 deleted; 1 the call is wrong, something protects the environment, or a stack could not be deleted;
130 interrupted.`;

/** What the command reaches beside its arguments. */
export interface DestroySurroundings extends CloudSurroundings {
  /** Asks a person; undefined: nobody is there. */
  readonly ask: Ask | undefined;
}

export const main = command({
  help: HELP,
  options: {
    ...CLOUD_OPTIONS,
    yes: { type: 'string' },
    'skip-manifests': { type: 'boolean', default: false },
  },
  run: async (values, terminal, surroundings: DestroySurroundings) => {
    const { yes, env, json } = values;
    const { ask } = surroundings;
    if (yes !== undefined && yes !== env) {
      throw new UsageError(
        `--yes must name the environment that is deleted, got --yes ${yes} and --env ${env}`,
      );
    }
    if (yes === undefined && ask === undefined) {
      throw new UsageError(`without a terminal --yes ${env ?? '<name>'} is needed`);
    }
    const confirm = async (context: CloudContext, names: readonly string[], kept: readonly string[]) => {
      if (yes !== undefined || ask === undefined) return true;
      for (const line of [
        `these stacks of account ${context.config.account} will be deleted:`,
        ...names,
        ...kept,
      ]) {
        context.say(line);
      }
      const typed = await ask(`Type ${env} to delete it: `, context.signal);
      return typed.trim() === env;
    };
    const work = async (context: CloudContext) => {
      const summary = await runDestroy(context, {
        cluster: clusterOptions(values),
        skipManifests: values['skip-manifests'],
        confirm: (stacks, kept) =>
          confirm(
            context,
            stacks.map(({ stackName }) => `  ${stackName}`),
            keptLines(kept),
          ),
      });
      const { stacks, objects, kept } = summary;
      const lines = [
        `${context.config.environment}: ${stacks.length} stacks and ${objects ?? 'no'} objects of the cluster deleted`,
        ...keptLines(kept),
      ];
      for (const line of json ? [JSON.stringify(summary, null, 2)] : lines) terminal.print(line);
      return 0;
    };
    const advice = 'CloudFormation finishes what it has begun; npm run destroy again deletes the rest';
    return interruptible(terminal, advice, () => withCloud(values, terminal, surroundings, work));
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
  const ask = process.stdin.isTTY && process.stderr.isTTY ? askAtTerminal : undefined;
  run((argv, terminal) => main(argv, terminal, { machine, signal: interruptSignal(), ask }));
}

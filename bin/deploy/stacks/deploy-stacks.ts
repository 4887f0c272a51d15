import { CloudFormationClient, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation';
import { UsageError } from '../../cli/command';
import { environmentStacks } from '../../cloud/environment-stacks';
import { type CloudContext, pause } from '../../cloud/machine';
import { type LiveStack, readStacks } from '../../cloud/read-stack';
import { settleStacks } from '../../cloud/settle-stacks';
import { StackEvents } from '../../cloud/stack-events';
import { stateFile } from '../record/run-state';
import type { AssemblyStack } from './assembly';
import { runCdk } from './cdk-cli';
import { StackProgress, type StackRun } from './stack-progress';
import type { PastDurations } from './time-left';

export interface DeployStacksProps {
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  readonly stacks: readonly AssemblyStack[];
  /** Durations of earlier runs by stack name. */
  readonly past: Readonly<Record<string, PastDurations>>;
  /** Called with the process id of the CDK CLI. */
  readonly onProcess: (pid: number) => void;
  /** Called with what CloudFormation finished, also where the deployment fails. */
  readonly onRuns: (runs: readonly StackRun[]) => void;
}

/** Stacks that do not wait for each other are deployed at the same time; more would meet throttling. */
const CONCURRENCY = 4;

/** The CDK's line about a stack that it does not touch: `✅  Network (llm-cost-ops-dev-network) (no changes)`. */
const UNCHANGED = /\(([\w-]+)\) \(no changes\)/;

/**
 * Deploys the stacks of an assembly that differ from what is deployed.
 * @returns the stacks as they are afterwards, with their outputs
 * @throws UsageError with the reasons of the resources that failed
 */
export async function deployStacks(context: CloudContext, props: DeployStacksProps): Promise<LiveStack[]> {
  const { config, aws, machine, say } = context;
  const existing = await settle(context);
  await makeDeletable(context, existing);
  const names = new Set(existing.filter(({ status }) => !isEmpty(status)).map(({ stackName }) => stackName));
  const progress = new StackProgress(props.stacks, names, props.past, machine.elapsedMs);
  say(`deploying ${props.stacks.length} stacks, ${progress.timeLeft}`);
  const logFile = stateFile(machine.root, config.environment, '.log');
  const run = {
    arguments: [
      ...['deploy', '--app', props.assembly, '--all', '--require-approval', 'never'],
      ...['--progress', 'events', '--concurrency', String(CONCURRENCY), '--no-notices'],
    ],
    logFile,
    onStart: props.onProcess,
    onLine: (line: string) => {
      const [, unchanged] = UNCHANGED.exec(line) ?? [];
      if (unchanged !== undefined) progress.skip(unchanged);
    },
  };
  try {
    const { code, tail } = await withProgress(context, props.stacks, progress, () => runCdk(run, context));
    if (code !== 0) throw failure(progress, tail, logFile);
  } finally {
    props.onRuns(progress.runs);
  }
  return readStacks(aws, environmentStacks(config));
}

/** Waits for operations of an earlier run, which CloudFormation finishes by itself. */
async function settle(context: CloudContext): Promise<LiveStack[]> {
  const { config, aws, machine, say } = context;
  let said = '';
  return settleStacks({
    aws,
    stacks: environmentStacks(config),
    pause: () => pause(context),
    elapsedMs: machine.elapsedMs,
    onBusy: (busy) => {
      const line = busy.map(({ id, status }) => `${id} ${status}`).join(', ');
      if (line !== said) say(`waiting for an earlier deployment: ${line}`);
      said = line;
    },
  });
}

/** A stack that never was complete; the CDK deletes it and begins again. */
function isEmpty(status: string): boolean {
  return status === 'ROLLBACK_COMPLETE' || status === 'REVIEW_IN_PROGRESS';
}

/**
 * The CDK cannot delete a protected stack whose first deployment failed. Such a stack never held anything, so its
 * protection is switched off.
 * @throws UsageError for stacks that only a person can repair
 */
async function makeDeletable({ aws, say }: CloudContext, stacks: readonly LiveStack[]): Promise<void> {
  for (const { stackName, region, status, isProtected } of stacks) {
    if (status === 'UPDATE_ROLLBACK_FAILED') {
      throw new UsageError(
        `${stackName} is in ${status}; repair what its events name, and run: aws cloudformation ` +
          `continue-update-rollback --region ${region} --stack-name ${stackName}`,
      );
    }
    if (status !== 'ROLLBACK_COMPLETE' || !isProtected) continue;
    say(
      `${stackName} was never complete; its termination protection is switched off so that it can be made again`,
    );
    const call = { action: 'cloudformation:UpdateTerminationProtection', region, target: stackName };
    const input = { StackName: stackName, EnableTerminationProtection: false };
    await aws.call(CloudFormationClient, call, (client, abortSignal) =>
      client.send(new UpdateTerminationProtectionCommand(input), { abortSignal }),
    );
  }
}

/** Shows CloudFormation's events while the work goes on. */
async function withProgress<T>(
  context: CloudContext,
  stacks: readonly AssemblyStack[],
  progress: StackProgress,
  work: () => Promise<T>,
): Promise<T> {
  const events = new StackEvents(context.aws, context.machine.now());
  const look = async () => {
    const news = await Promise.all(stacks.map((stack) => events.next(stack)));
    for (const line of progress.lines(news.flat())) context.say(line);
  };
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      await pause(context);
      // A look that fails is no failure of the deployment: the next one catches up.
      await look().catch((error: Error) => context.say(`no progress to show: ${error.message}`));
    }
  })().catch(() => undefined);
  try {
    return await work();
  } finally {
    isOver = true;
    await watching;
    if (!context.signal.aborted) await look().catch(() => undefined);
  }
}

function failure(progress: StackProgress, tail: readonly string[], logFile: string): UsageError {
  const reasons = progress.failures.map(
    ({ stackName, logicalId, type, status, reason = 'without a reason' }) =>
      `${stackName}/${logicalId} (${type}) ${status}: ${reason}`,
  );
  const lines = reasons.length > 0 ? reasons : tail.slice(-5);
  return new UsageError(
    [
      'the deployment of the stacks failed:',
      ...lines.map((line) => `  ${line}`),
      `the CDK's output: ${logFile}`,
    ].join('\n'),
  );
}

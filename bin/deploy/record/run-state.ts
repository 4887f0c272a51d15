import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../cli/command';

const Durations = z.object({
  create: z.array(z.number().min(0)),
  update: z.array(z.number().min(0)),
});

const State = z.object({
  version: z.literal(1),
  /** AWS account of the runs. */
  account: z.string(),
  /** Durations of past runs by stack name, ms, the newest last. */
  durations: z.record(z.string(), Durations),
  /** The last run. */
  lastRun: z
    .object({
      startedAt: z.string(),
      /** Null: it is running, or was interrupted. */
      endedAt: z.string().nullable(),
      /** Steps that it finished. */
      finished: z.array(z.string()),
      /** Step that it stopped in, with the reason. */
      stopped: z.object({ step: z.string(), reason: z.string() }).nullable(),
    })
    .nullable(),
});

/** What a deployment remembers on this machine; it holds no secret. */
export type RunState = z.output<typeof State>;

/** Folder of states and logs below the repository. */
export const STATE_FOLDER = '.deploy';

/** Past runs of a stack that are kept. */
const KEPT_RUNS = 5;

/** Path of a file of an environment in the state folder. */
export function stateFile(root: string, environment: string, suffix: string): string {
  return join(root, STATE_FOLDER, `${environment}${suffix}`);
}

/**
 * Reads the state of an environment; a new one where there is none, or where it belongs to another account.
 * @throws UsageError where the file cannot be understood
 */
export function readState(root: string, environment: string, account: string): RunState {
  const empty: RunState = { version: 1, account, durations: {}, lastRun: null };
  const path = stateFile(root, environment, '.json');
  if (!existsSync(path)) return empty;
  try {
    const state = State.parse(JSON.parse(readFileSync(path, 'utf8')));
    return state.account === account ? state : empty;
  } catch (cause) {
    throw new UsageError(
      `${path} must be a state that npm run deploy wrote (${(cause as Error).message}); delete it: nothing but ` +
        'durations and the last step is lost',
      { cause },
    );
  }
}

/** Writes the state at once, so that a crash leaves the old one or the new one. */
export function writeState(root: string, environment: string, state: RunState): void {
  const path = stateFile(root, environment, '.json');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** The state with another run of a stack. */
export function withDuration(
  state: RunState,
  { stackName, isNew, milliseconds }: { stackName: string; isNew: boolean; milliseconds: number },
): RunState {
  const { create, update } = state.durations[stackName] ?? { create: [], update: [] };
  const add = (runs: readonly number[]) => [...runs, Math.round(milliseconds)].slice(-KEPT_RUNS);
  const durations = isNew ? { create: add(create), update } : { create, update: add(update) };
  return { ...state, durations: { ...state.durations, [stackName]: durations } };
}

import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../cli/command';
import { isRunning, startOf } from '../cli/running-process';
import type { AutoscalingState } from '../local/hpa/local-hpa';
import type { Platform } from '../local/platform/platform';

/** What `npm start -- --json` prints, and what other commands find a running platform by. */
export interface PlatformState {
  readonly api: string;
  readonly admin: string;
  readonly metrics: string;
  readonly provider: string | null;
  readonly database: string;
  readonly cache: string | null;
  readonly keys: {
    readonly organisation_admin: string;
    readonly project: string;
    readonly other_project: string;
  };
  readonly pids: readonly number[];
  /** How the scaler reaches the HPA; in the file only. @default - the number of API processes is fixed */
  readonly autoscaling?: AutoscalingState;
}

/** File of a running platform. It has keys, so only its owner can read it. */
const STATE_FILE = 'platform.json';

/** File with the process id of the command that owns the folder. */
const OWNER_FILE = 'owner.pid';

/** Files that show that a folder is a platform's. */
const MARKS = [OWNER_FILE, STATE_FILE, 'database', 'access.json'];

/**
 * Takes the folder for this process.
 * @param fresh whether what it holds is deleted
 * @throws UsageError where another command uses it, or where it holds something else
 */
export function takeFolder(folder: string, fresh: boolean): void {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  if (files.length > 0 && !files.some((file) => MARKS.includes(file))) {
    throw new UsageError(`--data must be an empty folder or one of a platform, got ${folder}`);
  }
  const owner = ownerOf(folder);
  if (owner !== null) {
    throw new UsageError(
      `the platform of ${folder} runs already (process ${owner}): end it with Ctrl-C first`,
    );
  }
  if (fresh) for (const file of files) rmSync(join(folder, file), { recursive: true });
}

/** Notes that this process owns the folder. */
export function noteOwner(folder: string, pid: number): void {
  writeFileSync(join(folder, OWNER_FILE), `${pid} ${startOf(pid)}`);
}

/** The folder's data stays; the next command may take it. */
export function leaveFolder(folder: string): void {
  for (const file of [OWNER_FILE, STATE_FILE]) rmSync(join(folder, file), { force: true });
}

export function stateOf(platform: Platform): PlatformState {
  const { keys } = platform;
  return {
    ...platform.addresses,
    keys: {
      organisation_admin: keys.organisationAdmin,
      project: keys.project,
      other_project: keys.otherProject,
    },
    pids: platform.processIds(),
  };
}

export function writeState(folder: string, state: PlatformState): void {
  const file = join(folder, STATE_FILE);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The running platform of a folder. @throws UsageError where none runs */
export function readState(folder: string): PlatformState {
  const file = join(folder, STATE_FILE);
  if (ownerOf(folder) === null || !existsSync(file)) {
    throw new UsageError(`no platform runs in ${folder}: start one with npm start`);
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The running process that owns a folder; null where there is none. */
function ownerOf(folder: string): number | null {
  const file = join(folder, OWNER_FILE);
  if (!existsSync(file)) return null;
  const [id, start = ''] = readFileSync(file, 'utf8').split(' ');
  const pid = Number(id);
  if (!isRunning(pid)) return null;
  // Another process has the id of a command that was killed.
  return start === '' || start === startOf(pid) ? pid : null;
}

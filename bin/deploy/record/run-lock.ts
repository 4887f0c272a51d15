import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../../cli/command';
import { isRunning } from '../../cli/running-process';
import { stateFile } from './run-state';

/** Holds an environment against a second command on this machine. */
export interface RunLock {
  /** Adds a process that outlives this one where it is killed. */
  readonly add: (pid: number) => void;
  readonly release: () => void;
}

/**
 * Takes the lock of an environment.
 * @throws UsageError where a process that has it still runs
 */
export function takeLock(root: string, environment: string, pid: number): RunLock {
  const path = stateFile(root, environment, '.lock');
  mkdirSync(dirname(path), { recursive: true });
  const holder = readPids(path).find((one) => one !== pid && isRunning(one));
  if (holder !== undefined) {
    throw new UsageError(
      `another deployment of ${environment} is running on this machine (process ${holder}); wait for it, or end it ` +
        `with kill ${holder}`,
    );
  }
  const pids = [pid];
  const write = () => writeFileSync(path, JSON.stringify(pids));
  write();
  return {
    add: (another) => {
      pids.push(another);
      write();
    },
    release: () => rmSync(path, { force: true }),
  };
}

function readPids(path: string): number[] {
  try {
    const pids: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(pids) ? pids.filter((one): one is number => Number.isInteger(one) && one > 0) : [];
  } catch {
    return []; // none, or one that was cut off in the middle
  }
}

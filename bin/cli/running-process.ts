import { readFileSync } from 'node:fs';

/** Whether a process of this machine runs, whoever owns it. One that has ended and whose parent has not noticed does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // It runs as another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !isZombie(pid);
}

/** Whether a process has ended and waits for its parent, on Linux. Elsewhere nobody can say without a program. */
function isZombie(pid: number): boolean {
  try {
    // `pid (name) state …`; the name may have parentheses itself. Source: proc_pid_stat(5).
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

/**
 * How a process was called, such as `/usr/bin/postgres`; undefined where nobody can say, as on systems without /proc.
 * Process ids are used again: the one of a file may be an unrelated process after the machine was off.
 */
export function programOf(pid: number): string | undefined {
  try {
    // Arguments end with NUL. Source: proc_pid_cmdline(5).
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0];
  } catch {
    return undefined;
  }
}

/** What tells a process from a later one with the same id: its start; empty where nobody can say. */
export function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The 22nd field, ticks since the machine's start. Source: proc_pid_stat(5).
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

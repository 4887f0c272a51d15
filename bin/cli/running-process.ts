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

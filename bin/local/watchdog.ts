import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const SCRIPT = join(__dirname, 'watchdog-process.ts');
const TSX = ['--require', require.resolve('tsx/cjs')];

/**
 * A process beside this one that ends others when this one is gone, even after SIGKILL. Without it, servers in process
 * groups of their own would go on for ever.
 */
export class Watchdog {
  private readonly child: ChildProcess;

  constructor() {
    this.child = spawn(process.execPath, [...TSX, SCRIPT], {
      ...{ stdio: ['pipe', 'ignore', 'ignore'], detached: true },
    });
    // Where it cannot run, the others still end in the usual way.
    this.child.once('error', () => undefined);
    this.child.stdin?.on('error', () => undefined);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Ends this process later with the signal. */
  watch(pid: number, signal: NodeJS.Signals = 'SIGTERM'): void {
    this.child.stdin?.write(`+${pid} ${signal}\n`);
  }

  /** Forgets a process that has ended. */
  forget(pid: number): void {
    this.child.stdin?.write(`-${pid}\n`);
  }

  /** Ends what it still watches, then itself. */
  async close(): Promise<void> {
    const { child } = this;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.stdin?.end();
    await ended;
  }
}

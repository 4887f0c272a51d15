import { join } from 'node:path';
import { isRunning } from '../../cli/running-process';
import type { LocalProcess, LocalProcessProps } from '../local-process';
import { Watchdog } from '../watchdog';

/** Is told of a process that ended though nobody had asked it to. */
export type OnCrash = (ended: Pick<LocalProcess, 'name' | 'lastLines'>, how: string) => void;

/** What all processes of a platform have in common: a log, somebody who notices a crash, and an end with this process. */
export class ProcessOwner {
  private readonly watchdog = new Watchdog();
  private readonly timers: NodeJS.Timeout[] = [];
  private ending = false;

  constructor(
    private readonly folder: string,
    private readonly onCrash: OnCrash | undefined,
  ) {}

  get pid(): number | undefined {
    return this.watchdog.pid;
  }

  /** Log file and listeners of a process. */
  hooks(name: string): Pick<LocalProcessProps, 'name' | 'logFile' | 'onStart' | 'onCrash'> {
    return {
      name,
      logFile: join(this.folder, 'logs', `${name}.log`),
      onStart: (pid) => this.watchdog.watch(pid),
      onCrash: (ended, how) => {
        if (!this.ending) this.onCrash?.(ended, how);
      },
    };
  }

  /** Ends a process that is no child of this one after this one, with a signal. */
  watch(pid: number, signal: NodeJS.Signals = 'SIGTERM'): void {
    this.watchdog.watch(pid, signal);
  }

  /**
   * Notices the end of a process that is no child of this one.
   * @param part its name and log
   * @returns ends that, before somebody ends the process on purpose
   */
  lookAfter(pid: number, part: Pick<LocalProcess, 'name' | 'lastLines'>): () => void {
    const timer = setInterval(() => {
      if (isRunning(pid)) return;
      clearInterval(timer);
      if (!this.ending) this.onCrash?.(part, 'it ended');
    }, LOOK_MS);
    this.timers.push(timer);
    return () => clearInterval(timer);
  }

  /** From now on no end is a crash. */
  beginEnd(): void {
    this.ending = true;
    for (const timer of this.timers) clearInterval(timer);
  }

  /** Ends what is still there. */
  close(): Promise<void> {
    return this.watchdog.close();
  }
}

/** Time between two looks at whether a process runs, ms. */
const LOOK_MS = 1000;

/** @returns whether there is such a process */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

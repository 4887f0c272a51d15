import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../cli/command';

/** Longest start of a process, ms. */
const START_MS = 60_000;

/** Time between two looks at whether a process is ready, ms. */
const POLL_MS = 20;

/** Lines of a log that an error shows. */
const SHOWN_LINES = 5;

export interface LocalProcessProps {
  /** What people call it, such as `api-1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** File that gets the output of all its runs. */
  readonly logFile: string;
  /** Whether it serves already. */
  readonly isReady: () => Promise<boolean>;
  /** User and group of the process. @default - the caller's */
  readonly user?: Pick<SpawnOptions, 'uid' | 'gid'>;
  /** Learns the process id of each run. @default - nobody */
  readonly onStart?: (pid: number) => void;
  /** Is told that it ended though nobody had asked it to. @default - nobody */
  readonly onCrash?: (ended: LocalProcess, how: string) => void;
}

/** A server as a child process, which can be ended and started again. It is in a process group of its own, so that Ctrl-C reaches only its parent. */
export class LocalProcess {
  private child: ChildProcess | undefined;

  constructor(private readonly props: LocalProcessProps) {}

  get name(): string {
    return this.props.name;
  }

  /** Id of the running process; undefined where it does not run. */
  get pid(): number | undefined {
    return this.running ? this.child?.pid : undefined;
  }

  get running(): boolean {
    const { child } = this;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  get logFile(): string {
    return this.props.logFile;
  }

  /** The last lines of its output. */
  lastLines(number = SHOWN_LINES): string[] {
    const { logFile } = this.props;
    return existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-number) : [];
  }

  /**
   * Starts the process and waits until it is ready.
   * @throws UsageError with its last log lines where it is not
   */
  async start(signal?: AbortSignal): Promise<void> {
    const child = this.spawn();
    // Such as a program that does not exist.
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    const deadline = performance.now() + START_MS;
    while (failure === undefined && this.running && performance.now() < deadline) {
      if (await this.props.isReady()) return;
      await sleep(POLL_MS, undefined, signal && { signal });
    }
    const said = failure?.message ?? this.lastLines().join('\n');
    throw new UsageError(`${this.name} did not become ready: ${said}`, { cause: failure });
  }

  /**
   * Sends a signal and waits until the process has ended.
   * @param patienceMs after which it is killed. @default - it is waited for
   */
  async end(signal: NodeJS.Signals, patienceMs?: number): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const timer = patienceMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await ended;
    clearTimeout(timer);
  }

  private spawn(): ChildProcess {
    const { command, args, environment, logFile, user, onStart, onCrash } = this.props;
    const log = openSync(logFile, 'a');
    try {
      const child = spawn(command, args, {
        ...{ stdio: ['ignore', log, log], env: environment, detached: true },
        ...user,
      });
      this.child = child;
      child.once('exit', (code, signal) => {
        if (this.child === child) onCrash?.(this, signal ?? `exit code ${code}`);
      });
      if (child.pid !== undefined) onStart?.(child.pid);
      return child;
    } finally {
      closeSync(log);
    }
  }
}

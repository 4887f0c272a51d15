import type { CloudContext } from '../../cloud/machine';
import { Interrupted } from '../../cloud/machine';
import { type RunState, readState, withDuration, writeState } from './run-state';

/** Writes down how far a deployment is, so that the next one can say what it continues. */
export class Recorder {
  /** State before this run. */
  readonly before: RunState;
  private state: RunState;

  constructor(private readonly context: CloudContext) {
    const { config, machine } = context;
    this.before = readState(machine.root, config.environment, config.account);
    const startedAt = machine.now().toISOString();
    const lastRun = { startedAt, endedAt: null, finished: [], stopped: null };
    this.state = { ...this.before, lastRun };
  }

  /** What this run continues; undefined: the last one ended well or changed nothing, or there was none. */
  get continues(): string | undefined {
    const { lastRun } = this.before;
    if (!lastRun?.finished.includes('approval')) return undefined;
    if (lastRun.endedAt !== null && lastRun.stopped === null) return undefined;
    const { startedAt, stopped, finished } = lastRun;
    const where = stopped ? `stopped at "${stopped.step}" (${stopped.reason.split('\n')[0]})` : 'was cut off';
    const done = finished.length > 0 ? `; finished before: ${finished.join(', ')}` : '';
    return `continues the deployment of ${startedAt}, which ${where}${done}; what is there already is not made again`;
  }

  /** Runs a named step. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const { say, signal } = this.context;
    signal.throwIfAborted();
    say(`== ${name}`);
    try {
      const result = await work();
      this.change(({ finished, ...run }) => ({ ...run, finished: [...finished, name] }));
      return result;
    } catch (error) {
      const reason = error instanceof Interrupted ? 'interrupted' : (error as Error).message;
      this.change((run) => ({ ...run, endedAt: this.time(), stopped: { step: name, reason } }));
      throw error;
    }
  }

  /** Whether a step of this run is finished. */
  hasFinished(step: string): boolean {
    return this.state.lastRun?.finished.includes(step) === true;
  }

  /** Keeps the duration of a stack's operation. */
  keepDuration(run: { stackName: string; isNew: boolean; milliseconds: number }): void {
    this.state = withDuration(this.state, run);
    this.write();
  }

  /** The run ended well. */
  end(): void {
    this.change((run) => ({ ...run, endedAt: this.time() }));
  }

  private change(next: (run: NonNullable<RunState['lastRun']>) => RunState['lastRun']): void {
    const { lastRun } = this.state;
    if (lastRun !== null) this.state = { ...this.state, lastRun: next(lastRun) };
    this.write();
  }

  private write(): void {
    const { config, machine } = this.context;
    writeState(machine.root, config.environment, this.state);
  }

  private time(): string {
    return this.context.machine.now().toISOString();
  }
}

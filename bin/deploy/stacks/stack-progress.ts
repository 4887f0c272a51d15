import { durationText } from '../../cloud/machine';
import { isFailure, type ResourceEvent } from '../../cloud/stack-events';
import type { AssemblyStack } from './assembly';
import { type PastDurations, type StackPace, timeLeftMs } from './time-left';

/** What became of a stack in this run. */
export interface StackRun {
  readonly stackName: string;
  readonly isNew: boolean;
  /** From CloudFormation's start to its end, ms. */
  readonly milliseconds: number;
}

interface Track {
  readonly stack: AssemblyStack;
  readonly isNew: boolean;
  startedMs: number | undefined;
  endedMs: number | undefined;
  readonly finished: Set<string>;
  readonly working: Map<string, { readonly type: string; readonly sinceMs: number }>;
}

/** Silence after which the resources under way are named, ms. */
const SILENCE_MS = 60_000;

/** Turns CloudFormation's events into lines for people, with what is left of the time. */
export class StackProgress {
  /** Failures of resources with CloudFormation's reasons, the oldest first. */
  readonly failures: ResourceEvent[] = [];
  private readonly tracks: ReadonlyMap<string, Track>;
  private lastLineMs: number;

  /**
   * @param existing names of the stacks that exist already
   * @param past durations of earlier runs by stack name
   * @param elapsedMs monotonic clock, ms
   */
  constructor(
    stacks: readonly AssemblyStack[],
    existing: ReadonlySet<string>,
    private readonly past: Readonly<Record<string, PastDurations>>,
    private readonly elapsedMs: () => number,
  ) {
    this.lastLineMs = elapsedMs();
    this.tracks = new Map(
      stacks.map((stack) => [
        stack.stackName,
        {
          stack,
          isNew: !existing.has(stack.stackName),
          startedMs: undefined,
          endedMs: undefined,
          finished: new Set<string>(),
          working: new Map(),
        },
      ]),
    );
  }

  /** Lines for events that have come. */
  lines(events: readonly ResourceEvent[]): string[] {
    const lines = events.flatMap((event) => this.line(event) ?? []);
    if (lines.length > 0) this.lastLineMs = this.elapsedMs();
    else if (this.elapsedMs() - this.lastLineMs >= SILENCE_MS) {
      this.lastLineMs = this.elapsedMs();
      return this.underWay();
    }
    return lines;
  }

  /** Counts a stack that CloudFormation did not have to touch as done. */
  skip(stackName: string): void {
    const track = this.tracks.get(stackName);
    if (track && track.startedMs === undefined) track.endedMs = this.elapsedMs();
  }

  /** Expected time until all stacks are done, as text. */
  get timeLeft(): string {
    const left = timeLeftMs(this.paces(), this.past);
    return left === 0 ? 'nothing is left' : `about ${durationText(left)} left (estimate)`;
  }

  /** Stacks that CloudFormation has finished in this run, with their durations. */
  get runs(): StackRun[] {
    return [...this.tracks.values()].flatMap(({ stack: { stackName }, isNew, startedMs, endedMs }) =>
      startedMs === undefined || endedMs === undefined
        ? []
        : [{ stackName, isNew, milliseconds: endedMs - startedMs }],
    );
  }

  private line(event: ResourceEvent): string | undefined {
    const track = this.tracks.get(event.stackName);
    if (!track) return undefined;
    const { logicalId, type, status, reason } = event;
    if (isFailure(event)) this.failures.push(event);
    if (logicalId === event.stackName) return this.stackLine(track, event);
    if (status.endsWith('_IN_PROGRESS')) {
      if (!track.working.has(logicalId)) track.working.set(logicalId, { type, sinceMs: this.elapsedMs() });
      return undefined;
    }
    track.working.delete(logicalId);
    track.finished.add(logicalId);
    const count = `${track.finished.size} of ${Object.keys(track.stack.template.Resources).length}`;
    const why = reason !== undefined && status.endsWith('_FAILED') ? `: ${reason}` : '';
    return `${track.stack.id.padEnd(17)} ${status.padEnd(16)} ${type} ${logicalId} (${count})${why}`;
  }

  private stackLine(track: Track, { status, reason }: ResourceEvent): string | undefined {
    if (status === 'REVIEW_IN_PROGRESS') return undefined;
    if (status.endsWith('_IN_PROGRESS')) track.startedMs ??= this.elapsedMs();
    else track.endedMs = this.elapsedMs();
    const why = reason !== undefined && /ROLLBACK|FAILED/.test(status) ? `: ${reason}` : '';
    return `${track.stack.id.padEnd(17)} ${status}${why}; ${this.timeLeft}`;
  }

  private underWay(): string[] {
    const working = [...this.tracks.values()].flatMap(({ stack, working: resources }) =>
      [...resources].map(
        ([id, { type, sinceMs }]) =>
          `${stack.id}/${id} (${type}, ${durationText(this.elapsedMs() - sinceMs)})`,
      ),
    );
    const names = working.length > 0 ? working.slice(0, 6).join(', ') : 'the CDK and CloudFormation';
    return [`waiting for ${names}; ${this.timeLeft}`];
  }

  private paces(): StackPace[] {
    return [...this.tracks.values()].map(({ stack, isNew, startedMs, endedMs }) => ({
      id: stack.id,
      stackName: stack.stackName,
      dependencies: stack.dependencies,
      isNew,
      state:
        endedMs !== undefined
          ? 'done'
          : startedMs === undefined
            ? 'waiting'
            : { runningMs: this.elapsedMs() - startedMs },
    }));
  }
}

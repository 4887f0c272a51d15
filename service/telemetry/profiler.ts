import { type HeapProfiler, type Profiler, Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a profile shows. */
export type ProfileKind = 'cpu' | 'heap';

/** A function of a profile. */
export interface HotFunction {
  /** Name of the function; "(anonymous)" where it has none. */
  readonly function: string;
  /** File, line and column. */
  readonly location: string;
  /** CPU: ms in the function itself. Heap: bytes that it allocated and that are still in use. */
  readonly self: number;
  /** Part of the whole, percent. */
  readonly percent: number;
}

/** A finished profile. */
export interface Profile {
  readonly kind: ProfileKind;
  /** Name for the file; Chrome's and VS Code's developer tools open it by its ending. */
  readonly fileName: string;
  /** Content of the file, JSON. */
  readonly content: string;
  /** The ten hottest functions. */
  readonly hottest: readonly HotFunction[];
}

/** Somebody takes a profile of this pod already. */
export class ProfileInProgressError extends Error {
  override readonly name = 'ProfileInProgressError';

  constructor() {
    super('a profile of this pod is being taken: wait until it has ended, at most 60 s');
  }
}

/** The content of the profile is larger than what can be stored. */
export class ProfileTooLargeError extends Error {
  override readonly name = 'ProfileTooLargeError';
}

/** Least and longest time of a profile, seconds. */
export const PROFILE_SECONDS = { least: 1, most: 60 } as const;

/** Functions in the table. */
const MOST_FUNCTIONS = 10;

/** Time between two samples of the CPU, µs: some 2 % of the CPU. */
const CPU_INTERVAL_MICROSECONDS = 1000;

/** Mean distance between two samples of the heap, bytes: V8's default of 512 KiB misses small allocations. */
const HEAP_INTERVAL_BYTES = 64 * 1024;

/** Largest profile, bytes: what one row of `pod_commands` holds. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Takes profiles of this process, one at a time. */
export class ProcessProfiler {
  private running = false;

  /**
   * Samples this process for some seconds.
   * @param seconds from 1 to 60
   * @param signal ends the sampling early; the profile of the time so far is returned
   * @throws ProfileInProgressError while another profile is taken
   * @throws ProfileTooLargeError above 32 MiB
   */
  async take(kind: ProfileKind, seconds: number, signal?: AbortSignal): Promise<Profile> {
    if (!(seconds >= PROFILE_SECONDS.least && seconds <= PROFILE_SECONDS.most)) {
      throw new RangeError(
        `'seconds' must be from ${PROFILE_SECONDS.least} to ${PROFILE_SECONDS.most}, got ${seconds}`,
      );
    }
    if (this.running) throw new ProfileInProgressError();
    this.running = true;
    const session = new Session();
    try {
      session.connect();
      const wait = () => sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
      const profile = kind === 'cpu' ? await cpuProfile(session, wait) : await heapProfile(session, wait);
      if (Buffer.byteLength(profile.content) > MOST_BYTES) {
        throw new ProfileTooLargeError('the profile is larger than 32 MiB: take it for fewer seconds');
      }
      return profile;
    } finally {
      session.disconnect();
      this.running = false;
    }
  }
}

async function cpuProfile(session: Session, wait: () => Promise<unknown>): Promise<Profile> {
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_MICROSECONDS });
  await session.post('Profiler.start');
  await wait();
  const { profile } = await session.post('Profiler.stop');
  await session.post('Profiler.disable');
  return {
    kind: 'cpu',
    fileName: 'profile.cpuprofile',
    content: JSON.stringify(profile),
    hottest: hottestOfCpu(profile),
  };
}

async function heapProfile(session: Session, wait: () => Promise<unknown>): Promise<Profile> {
  await session.post('HeapProfiler.enable');
  await session.post('HeapProfiler.startSampling', { samplingInterval: HEAP_INTERVAL_BYTES });
  await wait();
  const { profile } = await session.post('HeapProfiler.stopSampling');
  await session.post('HeapProfiler.disable');
  return {
    kind: 'heap',
    fileName: 'profile.heapprofile',
    content: JSON.stringify(profile),
    hottest: hottestOfHeap(profile),
  };
}

/** Functions by their own CPU time. Idle time belongs to no function. */
export function hottestOfCpu({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): HotFunction[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const self = new Map<string, number>();
  samples.forEach((id, index) => {
    const frame = byId.get(id)?.callFrame;
    if (frame === undefined || frame.functionName === '(idle)') return;
    const name = frameName(frame);
    self.set(name, (self.get(name) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  });
  return rank(self);
}

/** Functions by the bytes that they allocated and that are still in use. */
export function hottestOfHeap({ head }: HeapProfiler.SamplingHeapProfile): HotFunction[] {
  const self = new Map<string, number>();
  const pending = [head];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const name = frameName(node.callFrame);
    self.set(name, (self.get(name) ?? 0) + node.selfSize);
    pending.push(...node.children);
  }
  return rank(self);
}

/** Function and place in one text; the separator occurs in neither. */
function frameName(frame: {
  functionName: string;
  url: string;
  lineNumber: number;
  columnNumber: number;
}): string {
  const location =
    frame.url === '' ? '(native)' : `${frame.url}:${frame.lineNumber + 1}:${frame.columnNumber + 1}`;
  return `${frame.functionName || '(anonymous)'}\n${location}`;
}

function rank(self: ReadonlyMap<string, number>): HotFunction[] {
  const total = [...self.values()].reduce((sum, value) => sum + value, 0);
  return [...self]
    .filter(([, value]) => value > 0)
    .sort(([, one], [, other]) => other - one)
    .slice(0, MOST_FUNCTIONS)
    .map(([name, value]) => {
      const [functionName = '', location = ''] = name.split('\n');
      return { function: functionName, location, self: value, percent: (value / total) * 100 };
    });
}

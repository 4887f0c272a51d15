import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PodMetrics, podMetrics } from './pod-metrics';

/** An API process whose resources are measured. */
export interface MeasuredPod {
  readonly name: string;
  /** Address of its Prometheus page. */
  readonly metricsUrl: string;
}

/** A pod between two looks. */
export interface PodSample extends Pick<PodMetrics, 'residentMiB' | 'loopDelayMs' | 'poolWaiting'> {
  readonly name: string;
  /** Processor use, percent of one core. */
  readonly processorPercent: number;
  /** Processor time since the last look, seconds. */
  readonly processorSeconds: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
}

/** The machine and its pods at a moment. */
export interface ResourceSample {
  /** ms, by the sampler's clock. */
  readonly atMs: number;
  /** Use of all cores of the machine by everything that runs on it, percent. */
  readonly machinePercent: number;
  readonly pods: readonly PodSample[];
}

export interface PodSamplerProps {
  /** The pods of the moment: an autoscaler may add some. */
  readonly pods: () => readonly MeasuredPod[];
  /** Time between two looks, ms. */
  readonly everyMs: number;
  /** Time of the clock that also dates the run, ms. */
  readonly now: () => number;
}

/** Longest wait for a page, ms: a pod that is too busy to answer has no sample. */
const PAGE_MS = 900;

/** Looks at the pods' Prometheus pages as long as a run lasts. */
export class PodSampler {
  readonly samples: ResourceSample[] = [];
  private readonly last = new Map<string, { readonly atMs: number; readonly metrics: PodMetrics }>();
  private readonly ended = new AbortController();
  private machine = machineTimes();
  private readonly running: Promise<void>;

  constructor(private readonly props: PodSamplerProps) {
    this.running = this.run();
  }

  /** Takes a last look. */
  async stop(): Promise<readonly ResourceSample[]> {
    this.ended.abort();
    await this.running;
    return this.samples;
  }

  private async run(): Promise<void> {
    const { signal } = this.ended;
    await this.look();
    while (!signal.aborted) {
      await sleep(this.props.everyMs, undefined, { signal }).catch(() => undefined);
      this.samples.push(await this.look());
    }
  }

  private async look(): Promise<ResourceSample> {
    const { pods, now } = this.props;
    const samples = await Promise.all(pods().map((pod) => this.lookAt(pod)));
    const before = this.machine;
    this.machine = machineTimes();
    const total = this.machine.total - before.total;
    return {
      atMs: now(),
      machinePercent: total > 0 ? (100 * (this.machine.busy - before.busy)) / total : 0,
      pods: samples.flatMap((sample) => sample ?? []),
    };
  }

  private async lookAt({ name, metricsUrl }: MeasuredPod): Promise<PodSample | undefined> {
    const page = await fetch(metricsUrl, { signal: AbortSignal.timeout(PAGE_MS) })
      .then((answer) => answer.text())
      .catch(() => undefined);
    if (page === undefined) return undefined;
    const metrics = podMetrics(page);
    const atMs = this.props.now();
    const last = this.last.get(metricsUrl);
    this.last.set(metricsUrl, { atMs, metrics });
    // A process that began anew counts from 0 again.
    if (last === undefined || metrics.processorSeconds < last.metrics.processorSeconds) return undefined;
    const processorSeconds = metrics.processorSeconds - last.metrics.processorSeconds;
    return {
      name,
      processorSeconds,
      processorPercent: (100_000 * processorSeconds) / (atMs - last.atMs),
      residentMiB: metrics.residentMiB,
      loopDelayMs: metrics.loopDelayMs,
      poolWaiting: metrics.poolWaiting,
      cacheHits: metrics.cacheHits - last.metrics.cacheHits,
      cacheMisses: metrics.cacheMisses - last.metrics.cacheMisses,
    };
  }
}

/** Time of all cores since the machine began, ms. */
function machineTimes(): { readonly busy: number; readonly total: number } {
  let [busy, total] = [0, 0];
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    total += all;
    busy += all - times.idle;
  }
  return { busy, total };
}

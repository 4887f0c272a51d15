import type { MinuteLoads } from './minute-loads';
import { increaseOf, type PodSample, PodWindow, parseCounts } from './pod-metrics';
import type { Pod } from './pod-set';

/** Longest wait for a pod's page, ms. */
const PAGE_MS = 2000;

/** Largest page, bytes; a pod has at most 5,000 series. */
const MAX_PAGE_BYTES = 2_000_000;

/** Times of one scrape, ms since 1970-01-01 UTC. */
export interface ScrapeTime {
  /** On this machine's clock, by which rates are taken. */
  readonly realMs: number;
  /** On the platform's clock. */
  readonly platformMs: number;
}

export interface PodScraperProps {
  /** Gets the load of all pods. */
  readonly loads: MinuteLoads;
  /** Time between two scrapes of this machine's clock, ms. */
  readonly scrapeMs: number;
}

/** Reads the Prometheus pages of the pods, as Prometheus does in the cluster. */
export class PodScraper {
  private windows = new Map<string, PodWindow>();
  private last: ScrapeTime | undefined;

  constructor(private readonly props: PodScraperProps) {}

  /** Reads all pages. A page that does not come in time, or has no counter, gives no sample. */
  async scrape(pods: readonly Pod[], time: ScrapeTime): Promise<void> {
    const pages = await Promise.all(pods.map((pod) => this.read(pod, time.realMs)));
    const isFirst = this.last === undefined;
    const windows = new Map<string, PodWindow>();
    let [requests, isComplete] = [0, !isFirst];
    pods.forEach(({ name }, index) => {
      const sample = pages[index];
      const window = this.windows.get(name) ?? new PodWindow(this.props.scrapeMs);
      windows.set(name, window);
      // The load of a minute is unknown without that of a pod that has served before.
      if (sample === undefined) isComplete &&= window.last === undefined;
      else {
        requests += increaseOf(window.last, sample);
        window.add(sample);
      }
    });
    this.windows = windows;
    if (isComplete) this.addLoad(requests, time);
    this.last = time;
  }

  /** Values of a pod's metrics by name; none where its load is unknown. */
  metricsOf({ name }: Pod, realMs: number): Readonly<Record<string, number>> {
    return this.windows.get(name)?.metricsAt(realMs) ?? {};
  }

  private addLoad(requests: number, { realMs, platformMs }: ScrapeTime): void {
    const { last } = this;
    if (last === undefined || realMs <= last.realMs) return;
    this.props.loads.add(last.platformMs, platformMs, (1000 * requests) / (realMs - last.realMs));
  }

  private async read({ metricsUrl }: Pod, realMs: number): Promise<PodSample | undefined> {
    try {
      const answer = await fetch(metricsUrl, { signal: AbortSignal.timeout(PAGE_MS) });
      const page = await answer.text();
      if (!answer.ok || page.length > MAX_PAGE_BYTES) return undefined;
      const counts = parseCounts(page);
      return counts && { ...counts, realMs };
    } catch {
      return undefined;
    }
  }
}

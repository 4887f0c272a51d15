import {
  type LoadQuery,
  MetricsFailure,
  type MetricsSource,
} from '../../lambda/predictive-scaler/metrics/metrics-source';
import type { LoadSample } from '../../lambda/predictive-scaler/types';
import type { History } from '../traffic/read-history';

/** Loads from histories that were read from files, for runs on a laptop. */
export class HistoryMetricsSource implements MetricsSource {
  /**
   * @param histories of the workloads by their names, with samples as wide as the workload's step; in the unit of the
   *   workload's metric, or per second where they were read as rates
   */
  constructor(private readonly histories: Readonly<Record<string, History>>) {}

  async measure(
    queries: readonly LoadQuery[],
  ): Promise<ReadonlyMap<string, readonly LoadSample[] | MetricsFailure>> {
    return new Map(queries.map((query) => [query.name, this.loadOf(query)]));
  }

  private loadOf({
    name,
    load,
    stepMinutes,
    fromMinute,
    untilMinute,
  }: LoadQuery): LoadSample[] | MetricsFailure {
    const history = this.histories[name];
    if (history === undefined) {
      return new MetricsFailure('not-found', `workload '${name}' has no file; add --traffic ${name}=<file>`);
    }
    const scale = history.understood.values === 'loads' ? load.scale : 1;
    return history.samples
      .filter(({ minute }) => minute >= fromMinute && minute + stepMinutes <= untilMinute)
      .map((sample) => ({ minute: sample.minute, load: sample.load * scale }));
  }
}

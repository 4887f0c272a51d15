import * as z from 'zod';
import {
  type LoadQuery,
  type LoadsOrFailure,
  MetricsFailure,
  type MetricsSource,
} from '../../../lambda/predictive-scaler/metrics/metrics-source';
import type { LoadSample } from '../../../lambda/predictive-scaler/types';
import { connectionErrorKind } from '../../../service/shared/connection-error';
import { LOADS_PATH } from '../../local/hpa/api-server';
import type { PlatformApi } from './platform-api';

const ANSWER = z.object({
  samples: z.array(z.object({ minute: z.number().int(), load: z.number().nonnegative() })),
});

/** Loads of the pods of this machine, by minute, and before them those of a history. */
export class PlatformMetricsSource implements MetricsSource {
  /** @param history oldest first; a minute that was measured counts instead of the same one of the history */
  constructor(
    private readonly api: PlatformApi,
    private readonly history: readonly LoadSample[],
  ) {}

  async measure(queries: readonly LoadQuery[]): Promise<ReadonlyMap<string, LoadsOrFailure>> {
    return new Map(
      await Promise.all(queries.map(async (query) => [query.name, await this.loadsOf(query)] as const)),
    );
  }

  private async loadsOf({ fromMinute, untilMinute }: LoadQuery): Promise<LoadsOrFailure> {
    try {
      const { samples } = ANSWER.parse(
        await this.api.call('GET', `${LOADS_PATH}?from=${Math.max(0, fromMinute)}`),
      );
      const measured = new Set(samples.map(({ minute }) => minute));
      return [...this.history.filter(({ minute }) => !measured.has(minute)), ...samples]
        .filter(({ minute }) => minute >= fromMinute && minute < untilMinute)
        .sort((one, other) => one.minute - other.minute);
    } catch (cause) {
      const message = `the platform does not say its loads: ${(cause as Error).message}`;
      return new MetricsFailure(connectionErrorKind(cause) ?? 'malformed-answer', message, { cause });
    }
  }
}

import type { Logger } from '../telemetry/logger';

export interface FailureLogProps {
  readonly logger: Pick<Logger, 'warn'>;
  readonly now: () => Date;
  /** Counts a failure. */
  readonly onFailure: () => void;
}

/** Shortest time between two log lines, ms. */
const LOG_MS = 60_000;

/** Counts failures of the cache, and logs at most one a minute: an outage brings one for each attempt to connect. */
export class FailureLog {
  private nextAt = 0;
  private unlogged = 0;

  constructor(private readonly props: FailureLogProps) {}

  /** Notes a failure. */
  note(err: Error): void {
    const { logger, now, onFailure } = this.props;
    onFailure();
    const time = now().getTime();
    if (time < this.nextAt) {
      this.unlogged += 1;
      return;
    }
    this.nextAt = time + LOG_MS;
    logger.warn(
      { err, unlogged: this.unlogged },
      'the shared cache fails: each pod counts rate limits and keeps values for itself',
    );
    this.unlogged = 0;
  }
}

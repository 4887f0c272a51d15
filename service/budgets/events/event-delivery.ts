import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from '../../database/pools';
import { type DueRow, messageOf } from './event-message';
import type { Topic } from './topic';
import type { Webhook } from './webhook';

export interface EventDeliveryProps {
  readonly writes: Queryable;
  readonly webhook: Pick<Webhook, 'send'>;
  /** Null: there is none. */
  readonly topic: Pick<Topic, 'publish'> | null;
  /** Random number from 0 to below 1. */
  readonly random: () => number;
  /** Learns of failures of the database. */
  readonly onError: (error: unknown) => void;
}

/** Time between two rounds of a pod, ms. */
const ROUND_MS = 5000;

/** Most events of a round, which are sent at the same time. */
const MOST_EVENTS = 20;

/** How long other pods leave an event alone that one has begun to send, seconds; longer than the longest attempt. */
const CLAIM_SECONDS = 60;

/** Attempts of one delivery: over some three hours. */
export const MAX_ATTEMPTS = 12;

const FIRST_WAIT_SECONDS = 10;
const LONGEST_WAIT_SECONDS = 3600;

/** Longest text of a failure that is kept, characters. */
const ERROR_CHARACTERS = 300;

const CLAIM = `WITH due AS (
  SELECT event_id, channel FROM budget_deliveries WHERE next_attempt_at <= clock_timestamp()
  ORDER BY next_attempt_at LIMIT ${MOST_EVENTS} FOR UPDATE SKIP LOCKED
)
UPDATE budget_deliveries d SET attempts = d.attempts + 1,
  next_attempt_at = clock_timestamp() + make_interval(secs => ${CLAIM_SECONDS})
FROM due JOIN budget_events e ON e.id = due.event_id JOIN budgets b ON b.id = e.budget_id
WHERE d.event_id = due.event_id AND d.channel = due.channel
RETURNING d.event_id, d.channel, d.attempts, e.kind, e.at, e.starts_at, e.spent_usd::text, b.id AS budget_id,
  b.project_id, b.scope, b.subject, b.period, b.time_zone, b.warning_usd::text, b.limit_usd::text, b.webhook_url`;

/** Another pod's later attempt keeps its own outcome. */
const FINISH = `UPDATE budget_deliveries SET last_error = $4,
  delivered_at = CASE WHEN $4::text IS NULL THEN clock_timestamp() END,
  next_attempt_at = clock_timestamp() + make_interval(secs => $5)
WHERE event_id = $1 AND channel = $2 AND attempts = $3`;

/**
 * Wait after an attempt that failed, seconds; null after the last one. It doubles from 10 s to an hour, and is random
 * between its half and the whole.
 * @param random from 0 to below 1
 */
export function waitAfter(attempt: number, random: number): number | null {
  if (attempt >= MAX_ATTEMPTS) return null;
  const longest = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (attempt - 1));
  return longest * (0.5 + random / 2);
}

/**
 * Sends events to webhooks and to the topic. Pods share the work through the state in the database, so a pod that dies
 * is followed by another a minute later. A receiver may get an event twice, never none: it knows events by their ids.
 */
export class EventDelivery {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly props: EventDeliveryProps) {}

  /** Begins to deliver. */
  start(): void {
    this.running ??= this.run();
  }

  /** Ends after the attempts under way, which take at most 15 s. */
  async close(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  /** Sends what is due, once. @throws what the database throws */
  async deliver(): Promise<void> {
    const { rows } = await this.props.writes.query<DueRow & Record<string, unknown>>('budget-claim', CLAIM);
    await Promise.all(rows.map((row) => this.attempt(row)));
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await this.deliver().catch(this.props.onError);
      await sleep(ROUND_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async attempt(row: DueRow): Promise<void> {
    const { event_id: id, channel, attempts } = row;
    const error = await this.send(row).then(
      () => null,
      (failure: unknown) =>
        (failure instanceof Error ? failure.message : 'failed').slice(0, ERROR_CHARACTERS),
    );
    const wait = error === null ? null : waitAfter(attempts, this.props.random());
    await this.props.writes.query('budget-delivered', FINISH, [id, channel, attempts, error, wait]);
  }

  private async send(row: DueRow): Promise<void> {
    const { webhook, topic } = this.props;
    if (row.channel === 'topic') {
      if (topic === null) throw new Error('no topic is configured any more');
      return topic.publish(messageOf(row));
    }
    if (row.webhook_url === null) throw new Error('the budget has no webhook any more');
    return webhook.send(row.webhook_url, messageOf(row));
  }
}

import type { PlannedCall } from '../call';
import type { KeptAnswer } from './kept-answer';

/** Keeps values for a time; a failure of it is a miss. */
export interface AnswerStore {
  get(key: string): Promise<{ readonly value: unknown } | undefined>;
  set(
    key: string,
    value: unknown,
    options: { ttlSeconds: number; tags?: readonly string[] },
  ): Promise<unknown>;
}

export interface AnswerCacheProps {
  readonly store: AnswerStore;
  readonly ttlSeconds: number;
}

/** Longest answer that is kept, characters: larger ones would push out many others. */
const MAX_CHARACTERS = 1024 * 1024;

/** The kept answers of models. Each has the tags of its project, user, model and provider, by which it is given up. */
export class AnswerCache {
  constructor(private readonly props: AnswerCacheProps) {}

  /** The kept answer to a call. */
  async find({ cacheKey }: PlannedCall): Promise<KeptAnswer | undefined> {
    if (cacheKey === null) return undefined;
    return (await this.props.store.get(`llm:${cacheKey}`))?.value as KeptAnswer | undefined;
  }

  /** Keeps an answer. It neither fails nor makes anybody wait. */
  keep(call: PlannedCall, answer: KeptAnswer): void {
    if (call.cacheKey === null || answer.text.length > MAX_CHARACTERS) return;
    const { projectId, userId } = call;
    const tags = [`project:${projectId}`, `user:${projectId}:${userId}`, `model:${answer.target.model}`];
    const { store, ttlSeconds } = this.props;
    store.set(`llm:${call.cacheKey}`, answer, { ttlSeconds, tags }).catch(() => undefined);
  }
}

import { projectTag, userTag } from '../../cache/invalidation/cache-changes';
import type { CacheReading, MultiLayerCache } from '../../cache/layers/multi-layer-cache';
import type { PlannedCall } from '../call';
import type { KeptAnswer } from './kept-answer';

/** Keeps values for a time; a failure of it is a miss. */
export type AnswerStore = Pick<MultiLayerCache, 'beginReading' | 'get' | 'set'>;

export interface AnswerCacheProps {
  readonly store: AnswerStore;
  readonly ttlSeconds: number;
}

/** Keeps the answer of a call that was begun, unless something has invalidated it meanwhile. */
export type Keep = (answer: KeptAnswer) => void;

/** Longest answer that is kept, characters: larger ones would push out many others. */
const MAX_CHARACTERS = 1024 * 1024;

const keepNothing: Keep = () => undefined;

/** The kept answers of models. Each has the tags of its project and user, by which it is given up. */
export class AnswerCache {
  constructor(private readonly props: AnswerCacheProps) {}

  /** The kept answer to a call. */
  async find({ cacheKey }: PlannedCall): Promise<KeptAnswer | undefined> {
    if (cacheKey === null) return undefined;
    return (await this.props.store.get<KeptAnswer>(nameOf(cacheKey)))?.value;
  }

  /**
   * To be called before a call goes to its provider: an erasure of its user while it is under way keeps its answer out.
   * What it returns neither fails nor makes anybody wait.
   */
  begin({ cacheKey, projectId, userId }: PlannedCall): Keep {
    if (cacheKey === null) return keepNothing;
    const { store, ttlSeconds } = this.props;
    const name = nameOf(cacheKey);
    const options = { ttlSeconds, tags: [projectTag(projectId), userTag(projectId, userId)] };
    const begun: Promise<CacheReading | undefined> = store.beginReading(name, options).catch(() => undefined);
    return (answer) => {
      if (answer.text.length > MAX_CHARACTERS) return;
      void begun
        .then((reading) => reading && store.set(name, answer, { ...options, reading }))
        .catch(() => undefined);
    };
  }
}

function nameOf(cacheKey: string): string {
  return `llm:${cacheKey}`;
}

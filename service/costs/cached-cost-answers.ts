import type { Principal } from '../access/principal';
import { projectTag } from '../cache/invalidation/cache-changes';
import { cacheKey } from '../cache/layers/cache-key';
import type { CacheSetOptions, MultiLayerCache } from '../cache/layers/multi-layer-cache';
import type { CacheWarmer } from '../cache/warming/cache-warmer';
import type { Database } from '../database/pools';
import { projectScope } from '../requests/project-scope';
import { costGroups, costSummary } from './cost-answers';
import type { CostGroupQuery, CostGroups, CostQuery, CostSummary } from './cost-query';
import { popularQuestion } from './popular-questions';

/** Namespace of cost answers in the cache. */
export const COSTS_NAMESPACE = 'costs';

/** Life of an answer about a period that still goes on, seconds. */
const OPEN_SECONDS = 30;

/** Life of an answer about a period that ended at least two days ago, seconds. Late records may still change it. */
const CLOSED_SECONDS = 300;

/** Time after its end in which a period often gets further records, ms. */
const SETTLING_MS = 2 * 86_400_000;

export interface CachedCostAnswersProps {
  readonly database: Pick<Database, 'reports'>;
  readonly cache: Pick<MultiLayerCache, 'remember' | 'beginReading' | 'set'>;
  readonly now: () => Date;
  /** Learns what is asked. @default - nobody */
  readonly warmer?: Pick<CacheWarmer, 'note'>;
}

/** How a question is answered. */
export interface AnswerOptions {
  /** Whether an answer of the cache will not do; the new one is kept. @default false */
  readonly fresh?: boolean;
}

/**
 * JSON of cost answers, kept for half a minute, or for five minutes where their period is over. An answer's `as_of` is of the
 * time when it was computed. Texts are kept, because the answer of a year has half a megabyte: making its JSON takes longer
 * than all else, and is done once. The key has the project that the principal may see and every parameter of the question.
 */
export class CachedCostAnswers {
  constructor(private readonly props: CachedCostAnswersProps) {}

  /** JSON of a `CostSummary`. @throws RequestError as `costSummary` */
  summary(principal: Principal, query: CostQuery, options: AnswerOptions = {}): Promise<string> {
    const { database, now, warmer } = this.props;
    const answer = () => costSummary(database, principal, query, now());
    return this.answer({ principal, query, kind: 'summary', answer }, options, () =>
      warmer?.note(popularQuestion(principal, query)),
    );
  }

  /** JSON of `CostGroups`. @throws RequestError as `costGroups` */
  groups(principal: Principal, query: CostGroupQuery, options: AnswerOptions = {}): Promise<string> {
    const { database, now, warmer } = this.props;
    const answer = () => costGroups(database, principal, query, now());
    return this.answer({ principal, query, kind: 'groups', answer }, options, () =>
      warmer?.note(popularQuestion(principal, query)),
    );
  }

  private async answer(
    { principal, query, kind, answer }: Question,
    { fresh = false }: AnswerOptions,
    note: () => void,
  ): Promise<string> {
    const { cache, now } = this.props;
    const key = costsKey(kind, principal, query);
    const { projectId } = projectScope(principal, query.project);
    const isClosed = query.to.getTime() + SETTLING_MS < now().getTime();
    const keep = {
      ttlSeconds: isClosed ? CLOSED_SECONDS : OPEN_SECONDS,
      tags: projectId === null ? [] : [projectTag(projectId)],
    };
    const read = async () => JSON.stringify(await answer());
    const text = await (fresh ? this.renew(key, keep, read) : cache.remember(key, keep, read));
    note();
    return text;
  }

  private async renew(key: string, keep: CacheSetOptions, answer: () => Promise<string>): Promise<string> {
    const { cache } = this.props;
    const reading = await cache.beginReading(key, keep);
    const value = await answer();
    await cache.set(key, value, { ...keep, reading });
    return value;
  }
}

interface Question {
  readonly principal: Principal;
  readonly query: CostQuery;
  readonly kind: 'summary' | 'groups';
  readonly answer: () => Promise<CostSummary | CostGroups>;
}

/**
 * Key of a cost answer. The project comes first: it is the one that the principal may see, whatever it asked for.
 * @throws RequestError `project_not_visible`
 */
export function costsKey(
  kind: 'summary' | 'groups',
  principal: Principal,
  { project, timeZone = 'UTC', ...query }: CostQuery | CostGroupQuery,
): string {
  const { projectId } = projectScope(principal, project);
  return cacheKey(COSTS_NAMESPACE, projectId, `${kind} json`, { timeZone, ...defined(query) });
}

/** A filter that is undefined is the same as none. */
function defined(query: object): object {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

import { LRUCache } from 'lru-cache';
import type { Pool } from '../../database/pools';
import type { LimitedBudget } from '../budget';
import { BudgetsUnavailableError } from './errors';

/** The limits of a project. */
export interface BudgetSet {
  /** Whether calls of models without a price may pass a limit. */
  readonly allowUnpriced: boolean;
  /** Limits by scope and subject, see {@link limitsFor}. */
  readonly limits: ReadonlyMap<string, readonly LimitedBudget[]>;
}

export interface BudgetSetsProps {
  readonly reads: Pick<Pool, 'query'>;
  readonly now: () => Date;
}

interface SetRow {
  readonly allow_unpriced: boolean;
  readonly id: string | null;
  readonly scope: LimitedBudget['scope'];
  readonly subject: string;
  readonly period: LimitedBudget['period'];
  readonly time_zone: string;
}

/** How long a set may be used, ms. It bounds the time until a new budget of another pod counts. */
const CACHE_MS = 10_000;

/** Age at which a set is read again beside the calls that use it, ms. */
const REFRESH_MS = 5000;

/** Most projects in memory. */
const MOST_PROJECTS = 10_000;

const LIMITS = `SELECT p.allow_unpriced, b.id, b.scope, b.subject, b.period, b.time_zone
  FROM projects p LEFT JOIN budgets b ON b.project_id = p.id AND b.limit_usd IS NOT NULL WHERE p.id = $1
  ORDER BY b.id`;

interface Cached {
  /** When the last question that was answered began, ms since 1970. */
  readonly since: number;
  readonly set: BudgetSet;
}

const NONE: readonly LimitedBudget[] = [];

/** The limits of projects, in memory for at most 10 s. */
export class BudgetSets {
  private readonly sets = new LRUCache<string, Cached>({ max: MOST_PROJECTS });
  private readonly loading = new Map<string, Promise<BudgetSet>>();

  constructor(private readonly props: BudgetSetsProps) {}

  /**
   * Limits that a call has to keep. While the database is away, a project that had none for this call goes on without.
   * @throws BudgetsUnavailableError where the limits are not known, or had to be asked again and the database is away
   */
  async limitsOf(call: { readonly project: string; readonly keyId: string; readonly user: string }): Promise<{
    readonly allowUnpriced: boolean;
    readonly limits: readonly LimitedBudget[];
  }> {
    const known = this.sets.get(call.project);
    const age = known === undefined ? Number.POSITIVE_INFINITY : this.props.now().getTime() - known.since;
    let set = known?.set;
    if (set === undefined || age >= CACHE_MS) {
      try {
        set = await this.load(call.project);
      } catch (cause) {
        // Without a limit there is nothing to pass over.
        if (known === undefined || limitsFor(known.set, call).length > 0) {
          throw new BudgetsUnavailableError('the database does not answer.', { cause });
        }
        return { allowUnpriced: true, limits: NONE };
      }
    } else if (age >= REFRESH_MS) {
      this.load(call.project).catch(() => undefined);
    }
    return { allowUnpriced: set.allowUnpriced, limits: limitsFor(set, call) };
  }

  /** Reads a project's limits at the next call, after a change. */
  forget(project: string): void {
    this.sets.delete(project);
    this.loading.delete(project);
  }

  /** Callers that ask for the same project at the same time share one question. */
  private load(project: string): Promise<BudgetSet> {
    const loading = this.loading.get(project);
    if (loading !== undefined) return loading;
    const since = this.props.now().getTime();
    const loaded = this.read(project).then((set) => {
      // A change in between has made this answer old.
      if (this.loading.get(project) === loaded) this.sets.set(project, { since, set });
      return set;
    });
    this.loading.set(project, loaded);
    const done = () => {
      if (this.loading.get(project) === loaded) this.loading.delete(project);
    };
    loaded.then(done, done);
    return loaded;
  }

  private async read(project: string): Promise<BudgetSet> {
    const { rows } = await this.props.reads.query<SetRow & Record<string, unknown>>('budget-limits', LIMITS, [
      project,
    ]);
    const limits = new Map<string, LimitedBudget[]>();
    for (const { id, scope, subject, period, time_zone: timeZone } of rows) {
      if (id === null) continue;
      const name = `${scope} ${subject}`;
      limits.set(name, [...(limits.get(name) ?? []), { id, scope, subject, period, timeZone }]);
    }
    return { allowUnpriced: rows[0]?.allow_unpriced ?? false, limits };
  }
}

/** The project's, the key's and the user's limits. */
function limitsFor(
  { limits }: BudgetSet,
  { keyId, user }: { readonly keyId: string; readonly user: string },
): readonly LimitedBudget[] {
  if (limits.size === 0) return NONE;
  const of = (name: string) => limits.get(name) ?? NONE;
  return [...of('project '), ...of(`key ${keyId}`), ...of(`user ${user}`)];
}

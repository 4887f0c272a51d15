import type { Principal } from '../access/principal';
import type { Database, Pool } from '../database/pools';
import { RequestError } from '../requests/errors';
import { projectScope } from '../requests/project-scope';
import { checkFilters } from '../requests/read/check-filters';
import { csv } from '../requests/read/export-requests';
import type { CostQuery } from './cost-query';
import { costSums } from './cost-sums';
import { FOCUS_COLUMNS, type FocusAccount, focusCells } from './focus-columns';
import { localPeriods } from './local-periods';

const DAY_MS = 86_400_000;

const PROJECT_NAMES = 'SELECT id, name FROM projects WHERE id = ANY ($1::uuid[])';

/** The billing account where none is configured: the installation itself. */
const DEFAULT_ACCOUNT: FocusAccount = { id: 'llm-cost-ops', name: 'LLM Cost Ops' };

/** What a FOCUS export is made with. */
export interface FocusOptions {
  /** The clock. */
  readonly now: Date;
  /** The account that providers bill. @default - `llm-cost-ops` */
  readonly account?: FocusAccount;
}

/**
 * Costs as CSV with the columns of FOCUS 1.3, a row for each UTC day, project, provider and model. Each day is a
 * question of its own, so that memory does not grow with the period.
 * @throws RequestError `invalid_query` for a period that does not consist of whole UTC days, `project_not_visible`
 */
export async function* focusExport(
  { reports }: Pick<Database, 'reports'>,
  principal: Principal,
  query: CostQuery,
  { now, account = DEFAULT_ACCOUNT }: FocusOptions,
): AsyncGenerator<string, void, undefined> {
  const { project, user, provider, model, tags } = query;
  const scope = projectScope(principal, project);
  const [from, to] = [query.from.getTime(), query.to.getTime()];
  checkFilters(query);
  if (from % DAY_MS !== 0 || to % DAY_MS !== 0) {
    throw new RequestError(
      'invalid_query',
      'from and to of a FOCUS export must be midnight UTC: its charge periods are whole days.',
    );
  }
  yield csv([FOCUS_COLUMNS]);
  for (let start = from; start < to; start += DAY_MS) {
    const end = start + DAY_MS;
    const { sums } = await costSums(reports, {
      ...{ scope, filters: { user, provider, model, tags }, from: new Date(start), to: new Date(end) },
      fields: ['project', 'provider', 'model'],
      periods: localPeriods('day', 'UTC', start, end),
      limit: null,
      now,
    });
    if (sums.length === 0) continue;
    const names = await projectNames(reports, new Set(sums.map(({ values }) => values[0] ?? '')));
    const rows = sums.map(({ period, values, measures }) => {
      const [projectId = '', chargedProvider = '', chargedModel = ''] = values.map((value) => value ?? '');
      const projectName = names.get(projectId) ?? '';
      const day = new Date(period?.start ?? start);
      const charge = {
        day,
        projectId,
        projectName,
        provider: chargedProvider,
        model: chargedModel,
        measures,
      };
      return focusCells(charge, account);
    });
    yield csv(rows);
  }
}

async function projectNames(pool: Pool, ids: ReadonlySet<string>): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ id: string; name: string }>('project-names', PROJECT_NAMES, [[...ids]]);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

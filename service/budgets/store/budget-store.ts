import { AccessError } from '../../access/access-error';
import { type AccessProps, newId } from '../../access/access-props';
import { type AuditAction, writeAudit } from '../../access/audit';
import { pageOf, type RowPage } from '../../access/page';
import type { Principal } from '../../access/principal';
import type { Queryable } from '../../database/pools';
import type { BudgetPeriod, BudgetScope } from '../budget';
import { type PrivateHosts, webhookUrlProblem } from '../events/webhook-url';
import { openWindows } from '../spend/window-store';
import { windowOf } from '../windows';
import {
  type BudgetChoice,
  type BudgetEventRow,
  type BudgetRow,
  picoOf,
  selectBudgets,
  selectEvents,
} from './budget-rows';

/** What people choose of a budget. */
export interface BudgetInput {
  /** UUID. */
  readonly projectId: string;
  readonly scope: BudgetScope;
  /** Id of the user or the key; empty for the project. */
  readonly subject: string;
  readonly period: BudgetPeriod;
  /** Name of the IANA database. */
  readonly timeZone: string;
  readonly bounds: BudgetBoundsInput;
}

/** What of a budget can be changed. USD, at most ten decimals; null: none. */
export interface BudgetBoundsInput {
  readonly warning_usd: string | null;
  readonly limit_usd: string | null;
  readonly webhook_url: string | null;
}

export interface BudgetStoreProps extends AccessProps {
  /** Hosts of the own network that webhooks may be sent to. */
  readonly privateHosts: PrivateHosts;
  /** Lets a change count in this pod at once. */
  readonly onChange: (projectId: string) => void;
}

/** Most budgets of a project: pods read them all. */
export const MAX_BUDGETS = 1000;

const INSERT = `INSERT INTO budgets (id, project_id, scope, subject, period, time_zone, warning_usd, limit_usd,
    webhook_url, created_at, created_by, opened_until)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`;

const UPDATE = 'UPDATE budgets SET warning_usd = $2, limit_usd = $3, webhook_url = $4 WHERE id = $1';

/** The budgets of projects: made, changed, deleted and read. */
export class BudgetStore {
  constructor(private readonly props: BudgetStoreProps) {}

  /** Budgets that a principal may see, the newest first. */
  async list(
    principal: Principal,
    {
      limit,
      cursor,
      project,
    }: { readonly limit: number; readonly cursor?: string; readonly project?: string },
  ): Promise<RowPage<BudgetRow>> {
    const projectId = principal.projectId ?? project ?? null;
    const rows = await this.read({ projectId, limit: limit + 1, ...(cursor !== undefined && { cursor }) });
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** A budget with its newest events. @throws AccessError `not_found` */
  async find(principal: Principal, id: string): Promise<{ budget: BudgetRow; events: BudgetEventRow[] }> {
    const [budget] = await this.read({ projectId: principal.projectId, id, limit: 1 });
    if (budget === undefined) throw notFound(id);
    return { budget, events: await selectEvents(this.props.database.reads, id) };
  }

  /**
   * Makes a budget. It counts what its scope has spent since the current window began.
   * @throws AccessError `not_found` for the project or the key, `conflict` for too many, `invalid_change`
   */
  async create(input: BudgetInput, actor: string): Promise<BudgetRow> {
    const { projectId, scope, subject, period, timeZone, bounds } = input;
    this.check(bounds);
    const now = this.props.now();
    const window = windowOf(period, timeZone, now);
    const id = newId(now);
    await this.props.database.writes.transaction(async (client) => {
      await checkSubject(client, input);
      const { warning_usd, limit_usd, webhook_url } = bounds;
      await client.query('budget-create', INSERT, [
        ...[id, projectId, scope, subject, period, timeZone, warning_usd, limit_usd, webhook_url],
        ...[now, actor, window.endsAt],
      ]);
      await openWindows(client, [{ budgetId: id, ...window }]);
      const { webhook_url: _, ...shown } = bounds;
      const detail = { scope, subject, window: period, time_zone: timeZone, ...shown };
      await this.audit(client, 'budget.create', { actor, projectId, id, detail });
    });
    return this.changed(projectId, id);
  }

  /**
   * Changes the amounts of a budget or its webhook; spending of the current window goes on to count.
   * @throws AccessError `not_found`, `invalid_change`
   */
  async update(principal: Principal, id: string, change: Partial<BudgetBoundsInput>): Promise<BudgetRow> {
    const actor = principal.keyId;
    const projectId = await this.props.database.writes.transaction(async (client) => {
      const former = await lockBudget(client, id, principal.projectId);
      const bounds = { ...former, ...change };
      this.check(bounds);
      await client.query('budget-update', UPDATE, [
        id,
        bounds.warning_usd,
        bounds.limit_usd,
        bounds.webhook_url,
      ]);
      const { webhook_url, ...detail } = change;
      const shown = { ...detail, ...(webhook_url !== undefined && { webhook: webhook_url !== null }) };
      await this.audit(client, 'budget.update', { actor, projectId: former.project_id, id, detail: shown });
      return former.project_id;
    });
    return this.changed(projectId, id);
  }

  /** Ends a budget. @throws AccessError `not_found` */
  async delete(principal: Principal, id: string): Promise<void> {
    const actor = principal.keyId;
    const projectId = await this.props.database.writes.transaction(async (client) => {
      const { project_id } = await lockBudget(client, id, principal.projectId);
      await client.query('budget-delete', 'DELETE FROM budgets WHERE id = $1', [id]);
      await this.audit(client, 'budget.delete', { actor, projectId: project_id, id, detail: {} });
      return project_id;
    });
    this.props.onChange(projectId);
  }

  private check({ warning_usd: warning, limit_usd: limit, webhook_url: url }: BudgetBoundsInput): void {
    if (warning === null && limit === null) {
      throw invalid("one of 'warning_usd' and 'limit_usd' must be an amount; delete the budget to end it");
    }
    if (warning !== null && limit !== null && picoOf(warning) > picoOf(limit)) {
      throw invalid(`'warning_usd' must be at most 'limit_usd' (${limit}), got ${warning}`);
    }
    const problem = url === null ? undefined : webhookUrlProblem(url, this.props.privateHosts);
    if (problem !== undefined) throw invalid(`'webhook_url' ${problem}`);
  }

  /** Where the window has just begun it may not be open yet: it is opened then. */
  private async read(choice: BudgetChoice): Promise<BudgetRow[]> {
    const { database, now } = this.props;
    const time = now();
    const rows = await selectBudgets(database.reads, choice, time);
    const closed = rows.filter(({ starts_at }) => starts_at === null);
    if (closed.length === 0) return rows;
    const windows = closed.map(({ id, period, time_zone }) => ({
      budgetId: id,
      ...windowOf(period, time_zone, time),
    }));
    await database.writes.transaction((client) => openWindows(client, windows));
    return selectBudgets(database.reads, choice, time);
  }

  private async changed(projectId: string, id: string): Promise<BudgetRow> {
    this.props.onChange(projectId);
    const [row] = await this.read({ projectId, id, limit: 1 });
    if (row === undefined) throw notFound(id);
    return row;
  }

  private audit(
    client: Queryable,
    action: AuditAction,
    change: { actor: string; projectId: string; id: string; detail: Record<string, unknown> },
  ): Promise<void> {
    const { actor, projectId, id: subject, detail } = change;
    return writeAudit(client, { actor, action, projectId, subject, detail }, this.props.now());
  }
}

async function lockBudget(client: Queryable, id: string, projectId: string | null) {
  const { rows } = await client.query<BudgetBoundsInput & { project_id: string } & Record<string, unknown>>(
    'budget-change',
    `SELECT project_id, warning_usd::text, limit_usd::text, webhook_url FROM budgets
     WHERE id = $1 AND ($2::uuid IS NULL OR project_id = $2) FOR UPDATE`,
    [id, projectId],
  );
  if (rows[0] === undefined) throw notFound(id);
  return rows[0];
}

/** Locks the project, so that two changes at once do not make one budget too many. */
async function checkSubject(client: Queryable, { projectId, scope, subject }: BudgetInput): Promise<void> {
  const project = await client.query(
    'budget-project',
    'SELECT 1 FROM projects WHERE id = $1 FOR NO KEY UPDATE',
    [projectId],
  );
  if (project.rows.length === 0) {
    throw new AccessError('not_found', `there is no project ${projectId}: see GET /api/v1/projects`);
  }
  if (scope === 'key') {
    const key = await client.query(
      'budget-key',
      'SELECT 1 FROM api_keys WHERE id::text = $1 AND project_id = $2',
      [subject, projectId],
    );
    if (key.rows.length === 0) {
      throw new AccessError('not_found', `the project has no key ${subject}: see GET /api/v1/keys`);
    }
  }
  const { rows } = await client.query<{ budgets: number }>(
    'budget-count',
    'SELECT count(*)::integer AS budgets FROM budgets WHERE project_id = $1',
    [projectId],
  );
  if ((rows[0]?.budgets ?? 0) >= MAX_BUDGETS) {
    throw new AccessError('conflict', `a project can have ${MAX_BUDGETS} budgets: delete one first`);
  }
}

function invalid(message: string): AccessError {
  return new AccessError('invalid_change', message);
}

function notFound(id: string): AccessError {
  return new AccessError('not_found', `there is no budget ${id} that this key sees: see GET /api/v1/budgets`);
}

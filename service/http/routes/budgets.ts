import { z } from 'zod';
import { BUDGET_PERIODS, BUDGET_SCOPES } from '../../budgets/budget';
import { MAX_URL } from '../../budgets/events/webhook-url';
import type { BudgetInput, BudgetStore } from '../../budgets/store/budget-store';
import { ProblemError } from '../problem';
import { answers, idParams, limitSchema, listSchema, textSchema } from '../schemas';
import type { Server } from '../server-types';
import { budgetSchema, budgetWithEventsSchema, eventAnswer, toAnswer } from './budget-answers';

const usd = z
  .string()
  .regex(/^\d{1,8}(\.\d{1,10})?$/, { error: 'must be a decimal below 100000000 with at most ten decimals' })
  .nullable()
  .optional();

const bounds = {
  warning_usd: usd.describe('USD at which a warning is sent; null: none'),
  limit_usd: usd.describe('USD above which the gateway refuses calls; null: no limit'),
  webhook_url: z
    .string()
    .max(MAX_URL)
    .nullable()
    .optional()
    .describe('Gets warnings and limits, signed; https only'),
};

const createBody = z.strictObject({
  project: z.uuid().optional().describe("Without it the caller's project"),
  scope: z.enum(BUDGET_SCOPES).default('project').describe('Whose spending counts'),
  user: textSchema(128).optional().describe('With the scope `user`: its id'),
  key: z.uuid().optional().describe('With the scope `key`: its id'),
  window: z.enum(BUDGET_PERIODS),
  time_zone: textSchema(64)
    .default('UTC')
    .describe('Name of the IANA database; days and months begin at its midnight'),
  ...bounds,
});

const updateBody = z
  .strictObject(bounds)
  .refine((body) => Object.keys(body).length > 0, { error: 'must have at least one field' });

const read = { roles: ['read', 'admin'] } as const;
const admin = { roles: ['admin'] } as const;

export interface BudgetRoutesProps {
  readonly budgets: BudgetStore;
  readonly now: () => Date;
}

/** Budgets: amounts of money that a project, a user or a key may spend in a day or month. */
export function budgetRoutes(app: Server, props: BudgetRoutesProps, prefix: string): void {
  readRoutes(app, props, prefix);
  createRoute(app, props, prefix);
  changeRoutes(app, props, prefix);
}

function readRoutes(app: Server, { budgets, now }: BudgetRoutesProps, prefix: string): void {
  app.get(
    `${prefix}/budgets`,
    {
      config: { access: read },
      schema: {
        operationId: 'listBudgets',
        tags: ['budgets'],
        summary: 'Budgets with what they have spent, the newest first',
        querystring: z.object({
          project: z.uuid().optional(),
          limit: limitSchema(1000),
          cursor: z.uuid().optional(),
        }),
        response: answers({ 200: listSchema(budgetSchema) }),
      },
    },
    async ({ principal, query }) => {
      checkProject(principal.projectId, query.project);
      const { rows, nextCursor } = await budgets.list(principal, query);
      return { data: rows.map((row) => toAnswer(row, now())), next_cursor: nextCursor };
    },
  );
  app.get(
    `${prefix}/budgets/:id`,
    {
      config: { access: read },
      schema: {
        operationId: 'getBudget',
        tags: ['budgets'],
        summary: 'A budget with its projection and its newest events',
        params: idParams,
        response: answers({ 200: budgetWithEventsSchema }),
      },
    },
    async ({ principal, params }) => {
      const { budget, events } = await budgets.find(principal, params.id);
      return { ...toAnswer(budget, now()), events: events.map(eventAnswer) };
    },
  );
}

function createRoute(app: Server, { budgets, now }: BudgetRoutesProps, prefix: string): void {
  app.post(
    `${prefix}/budgets`,
    {
      config: { access: admin, pool: 'writes' },
      schema: {
        operationId: 'createBudget',
        tags: ['budgets'],
        summary: 'Create a budget; what its window has spent so far counts',
        body: createBody,
        response: answers({ 201: budgetSchema }),
      },
    },
    async ({ principal, body }, reply) => {
      const projectId = checkProject(principal.projectId, body.project);
      if (projectId === null) throw invalid("'project' must be given with a key of the organisation");
      const row = await budgets.create({ ...inputOf(body), projectId }, principal.keyId);
      return reply.code(201).send(toAnswer(row, now()));
    },
  );
}

function changeRoutes(app: Server, { budgets, now }: BudgetRoutesProps, prefix: string): void {
  app.patch(
    `${prefix}/budgets/:id`,
    {
      config: { access: admin, pool: 'writes' },
      schema: {
        operationId: 'updateBudget',
        tags: ['budgets'],
        summary: 'Change the amounts of a budget or its webhook; every pod knows within 10 s',
        params: idParams,
        body: updateBody,
        response: answers({ 200: budgetSchema }),
      },
    },
    async ({ principal, params, body }) => toAnswer(await budgets.update(principal, params.id, body), now()),
  );
  app.delete(
    `${prefix}/budgets/:id`,
    {
      config: { access: admin, pool: 'writes' },
      schema: {
        operationId: 'deleteBudget',
        tags: ['budgets'],
        summary: 'Delete a budget with its events; every pod knows within 10 s',
        params: idParams,
        response: answers({ 204: z.null().describe('Deleted') }),
      },
    },
    async ({ principal, params }, reply) => {
      await budgets.delete(principal, params.id);
      return reply.code(204).send(null);
    },
  );
}

function inputOf(body: z.output<typeof createBody>): Omit<BudgetInput, 'projectId'> {
  const { scope, user, key, window: period, time_zone: timeZone } = body;
  const subjects = { project: '', user, key } as const;
  for (const name of ['user', 'key'] as const) {
    if ((subjects[name] !== undefined) !== (scope === name)) {
      throw invalid(
        `'${name}' must be given with the scope ${name}, and only with it, got the scope ${scope}`,
      );
    }
  }
  const { warning_usd = null, limit_usd = null, webhook_url = null } = body;
  return {
    ...{ scope, subject: subjects[scope] ?? '', period, timeZone },
    bounds: { warning_usd, limit_usd, webhook_url },
  };
}

/** Project that is asked for. Keys of a project name no other. */
function checkProject(own: string | null, asked: string | undefined): string | null {
  if (own === null || asked === undefined || asked === own) return own ?? asked ?? null;
  throw new ProblemError({
    status: 403,
    code: 'project_not_visible',
    detail: "'project' must be the project of the caller's key. Others need a key of the organisation.",
  });
}

function invalid(detail: string): ProblemError {
  return new ProblemError({ status: 400, code: 'invalid_request', detail });
}

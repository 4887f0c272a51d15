import { randomBytes, randomUUID } from 'node:crypto';
import type { BudgetEventKind } from '../budgets/budget';
import { SpendLimits } from '../budgets/spend/spend-limits';
import { WindowKeeper } from '../budgets/spend/window-keeper';
import { uuidV7 } from '../shared/uuid-v7';
import type { ServiceParts } from './open-service';

export type ServiceBudgetsProps = Pick<
  ServiceParts,
  'config' | 'database' | 'embedded' | 'logger' | 'metrics' | 'now'
>;

/** The budgets of an API pod: limits for its calls, and its part of the work on windows. */
export class ServiceBudgets {
  /** Holds calls to the limits. */
  readonly limits: SpendLimits;
  private readonly keeper: WindowKeeper;

  /** Nothing is read or written yet. */
  constructor(private readonly props: ServiceBudgetsProps) {
    const { config, database, logger, now } = props;
    const shared = {
      ...{ database, now },
      newId: () => uuidV7(now().getTime(), randomBytes(10)),
      hasTopic: config.budgetTopicArn !== null,
      onEvents: (kinds: readonly BudgetEventKind[]) => this.countEvents(kinds),
      onError: (err: unknown) => logger.warn({ err }, 'budgets could not be brought up to date'),
    };
    this.limits = new SpendLimits({ ...shared, podId: config.podName, holder: randomUUID() });
    this.keeper = new WindowKeeper({ ...shared, writes: database.writes });
  }

  /** Begins to renew shares and to keep windows; the database has to have this build's schema. */
  start(): void {
    this.limits.start();
    this.keeper.start();
  }

  /** Ends them and gives back what no call holds. The writer of requests has to be closed before. */
  async close(): Promise<void> {
    await this.keeper.close();
    await this.limits.close();
  }

  private countEvents(kinds: readonly BudgetEventKind[]): void {
    const { embedded, metrics } = this.props;
    for (const kind of kinds) {
      metrics.gateway?.countBudgetEvent(kind);
      embedded?.put(kind === 'warning' ? 'budgetWarnings' : 'budgetLimits', 1);
    }
  }
}

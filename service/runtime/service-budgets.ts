import { randomBytes, randomUUID } from 'node:crypto';
import type { BudgetEventKind } from '../budgets/budget';
import { EventDelivery } from '../budgets/events/event-delivery';
import { Topic } from '../budgets/events/topic';
import { Webhook } from '../budgets/events/webhook';
import { SpendLimits } from '../budgets/spend/spend-limits';
import { WindowKeeper } from '../budgets/spend/window-keeper';
import { BudgetStore } from '../budgets/store/budget-store';
import { uuidV7 } from '../shared/uuid-v7';
import type { ServiceParts } from './open-service';
import { awsProps } from './outgoing';

export interface ServiceBudgetsProps
  extends Pick<ServiceParts, 'config' | 'database' | 'embedded' | 'logger' | 'metrics' | 'now'> {
  /** Key that webhooks are signed with; null where there is none. @default - none: no webhook is sent */
  readonly signingKey?: () => Promise<string | null>;
}

/** The budgets of an API pod: limits for its calls, and its part of the work on windows. */
export class ServiceBudgets {
  /** Holds calls to the limits. */
  readonly limits: SpendLimits;
  /** The budgets themselves. */
  readonly store: BudgetStore;
  private readonly keeper: WindowKeeper;
  private readonly topic: Topic | null;
  private readonly delivery: EventDelivery;

  /** Nothing is read or written yet. */
  constructor(private readonly props: ServiceBudgetsProps) {
    const { config, database, logger, now, signingKey = async () => null } = props;
    const { budgetTopicArn: topicArn } = config;
    const privateHosts = new Set(config.budgetWebhookHosts);
    const shared = {
      ...{ database, now },
      newId: () => uuidV7(now().getTime(), randomBytes(10)),
      hasTopic: topicArn !== null,
      onEvents: (kinds: readonly BudgetEventKind[]) => this.countEvents(kinds),
      onError: (err: unknown) => logger.warn({ err }, 'budgets could not be brought up to date'),
    };
    this.limits = new SpendLimits({ ...shared, podId: config.podName, holder: randomUUID() });
    this.keeper = new WindowKeeper({ ...shared, writes: database.writes });
    const onChange = (projectId: string) => this.limits.forget(projectId);
    this.store = new BudgetStore({ database, now, privateHosts, onChange });
    this.topic = topicArn === null ? null : new Topic(topicArn, awsProps(config));
    this.delivery = new EventDelivery({
      ...{ writes: database.writes, topic: this.topic, random: Math.random, onError: shared.onError },
      webhook: new Webhook({ signingKey, privateHosts, now }),
    });
  }

  /** Begins to renew shares and to keep windows; the database has to have this build's schema. */
  start(): void {
    this.limits.start();
    this.keeper.start();
    this.delivery.start();
  }

  /** Ends them and gives back what no call holds. The writer of requests has to be closed before. */
  async close(): Promise<void> {
    await Promise.all([this.keeper.close(), this.delivery.close()]);
    this.topic?.close();
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

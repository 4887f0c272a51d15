import { createHash } from 'node:crypto';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** Tag that EKS puts on the nodes of Auto Mode, which carry none of the stacks' tags. */
const CLUSTER_TAG = 'aws:eks:cluster-name';

export interface CostBudgetProps {
  /** Start of its name. */
  readonly name: string;
  /** USD. */
  readonly monthly: number;
  /** Shares of it that the forecast of the month must not pass, percent. */
  readonly forecastPercents: readonly number[];
  /** Shares of it that what was spent must not pass, percent. */
  readonly spentPercents: readonly number[];
  /** Cost allocation tags that what it counts carries, all of them. */
  readonly tags: Readonly<Record<string, string>>;
  /** Cluster whose nodes count too; null: none of ours. */
  readonly clusterName: string | null;
  readonly topic: ITopic;
}

/** What a month may cost, watched by AWS Budgets. Its tags count only once they are activated for cost allocation. */
export class CostBudget extends Construct {
  constructor(scope: Construct, id: string, props: CostBudgetProps) {
    super(scope, id);
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: nameOf(props),
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: props.monthly, unit: 'USD' },
        filterExpression: filterOf(props),
        metrics: ['UnblendedCost'],
      },
      notificationsWithSubscribers: [
        ...props.forecastPercents.map((percent) => notification('FORECASTED', percent, props.topic)),
        ...props.spentPercents.map((percent) => notification('ACTUAL', percent, props.topic)),
      ],
    });
  }
}

/**
 * CloudFormation replaces a budget whose notifications change, and makes the new one before it deletes the old one:
 * under the same name that would fail.
 */
function nameOf({ forecastPercents, name, spentPercents }: CostBudgetProps): string {
  const notifications = JSON.stringify({ forecastPercents, spentPercents });
  return `${name}-${createHash('sha256').update(notifications).digest('hex').slice(0, 8)}`;
}

function filterOf({ clusterName, tags }: CostBudgetProps): CfnBudget.ExpressionProperty {
  const tagged = (key: string, value: string): CfnBudget.ExpressionProperty => ({
    tags: { key, values: [value], matchOptions: ['EQUALS'] },
  });
  const own = { and: Object.entries(tags).map(([key, value]) => tagged(key, value)) };
  return clusterName === null ? own : { or: [own, tagged(CLUSTER_TAG, clusterName)] };
}

function notification(
  notificationType: 'ACTUAL' | 'FORECASTED',
  threshold: number,
  { topicArn }: ITopic,
): CfnBudget.NotificationWithSubscribersProperty {
  return {
    notification: {
      notificationType,
      comparisonOperator: 'GREATER_THAN',
      threshold,
      thresholdType: 'PERCENTAGE',
    },
    subscribers: [{ subscriptionType: 'SNS', address: topicArn }],
  };
}

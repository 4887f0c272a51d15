import { createHash } from 'node:crypto';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** Tag that EKS adds to the nodes of Auto Mode, which do not have the stacks' tags. */
const CLUSTER_TAG = 'aws:eks:cluster-name';

export interface CostBudgetProps {
  /** Start of the budget's name. */
  readonly name: string;
  /** Budget of a calendar month, USD. */
  readonly monthly: number;
  /** Notify when the month's forecast passes these shares of the budget, percent. */
  readonly forecastPercents: readonly number[];
  /** Notify when the month's actual costs pass these shares of the budget, percent. */
  readonly spentPercents: readonly number[];
  /** Cost allocation tags; the budget counts costs that carry all of them. */
  readonly tags: Readonly<Record<string, string>>;
  /** EKS cluster whose nodes the budget counts too; null counts none. */
  readonly clusterName: string | null;
  /** SNS topic that receives the notifications. */
  readonly topic: ITopic;
}

/** A monthly cost budget in AWS Budgets. It counts tags only after they are activated for cost allocation. */
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
 * CloudFormation replaces a budget whose notifications change, and creates the new one before it deletes the old one.
 * With the same name that would fail, so the name contains a hash of the notifications.
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

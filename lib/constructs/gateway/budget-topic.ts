import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface BudgetTopicProps {
  /** Name of the topic, unique in account and region. */
  readonly topicName: string;
  /** KMS key that encrypts the messages. */
  readonly encryptionKey: IKey;
}

/**
 * SNS topic of budgets that reach their warning or their limit. It is apart from the topics of alarms: its readers are
 * the owners of budgets, and its messages are for programs.
 */
export class BudgetTopic extends Construct {
  /** ARN of the topic. */
  readonly topicArn: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: BudgetTopicProps,
  ) {
    super(scope, id);
    const { topicName, encryptionKey } = props;
    const topic = new Topic(this, 'Topic', { topicName, masterKey: encryptionKey, enforceSSL: true });
    this.topicArn = topic.topicArn;
  }

  /** Lets `grantee` publish, and use the key for it through SNS only. */
  grantPublish(grantee: IGrantable): Grant {
    const publish = Grant.addToPrincipal({
      grantee,
      actions: ['sns:Publish'],
      resourceArns: [this.topicArn],
    });
    return publish.combine(
      Grant.addToPrincipal({
        grantee,
        actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
        resourceArns: [this.props.encryptionKey.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `sns.${Stack.of(this).region}.amazonaws.com` } },
      }),
    );
  }
}

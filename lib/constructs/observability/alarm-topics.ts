import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmTopicsProps {
  /** Start of the topics' names, e.g. `llm-cost-ops-prod`. */
  readonly prefix: string;
  /** Mail addresses for alarms that cannot wait. */
  readonly pageEmails: readonly string[];
  /** Mail addresses for alarms that can wait for working hours. */
  readonly ticketEmails: readonly string[];
}

/**
 * SNS topics of alarms and budget, by severity. They have their own KMS key, because CloudWatch and AWS Budgets cannot
 * use AWS's key for SNS; its policy lets both services use it. The key protects messages in transit only, so it is
 * deleted with the stack.
 */
export class AlarmTopics extends Construct {
  /** Alarms that users notice and that need action now. */
  readonly page: Topic;
  /** Alarms that can wait for working hours. */
  readonly ticket: Topic;

  private readonly key: Key;

  constructor(scope: Construct, id: string, { pageEmails, prefix, ticketEmails }: AlarmTopicsProps) {
    super(scope, id);
    this.key = this.createKey(prefix);
    this.page = this.createTopic('Page', `${prefix}-page`, pageEmails);
    this.ticket = this.createTopic('Ticket', `${prefix}-ticket`, ticketEmails);
  }

  private createKey(prefix: string): Key {
    const key = new Key(this, 'Key', {
      alias: `${prefix}-alarms`,
      description: `Encrypts messages of alarms of ${prefix}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    for (const statement of this.publishers(['kms:Decrypt', 'kms:GenerateDataKey*'], '*')) {
      key.addToResourcePolicy(statement);
    }
    return key;
  }

  private createTopic(id: string, topicName: string, emails: readonly string[]): Topic {
    const topic = new Topic(this, id, { topicName, masterKey: this.key, enforceSSL: true });
    for (const statement of this.publishers(['sns:Publish'], topic.topicArn)) {
      topic.addToResourcePolicy(statement);
    }
    for (const email of emails) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }

  /** Statements that let alarms and budgets of this account, and of no other account, publish. */
  private publishers(actions: string[], resource: string): PolicyStatement[] {
    const { account, partition, region } = Stack.of(this);
    const sources = {
      cloudwatch: `arn:${partition}:cloudwatch:${region}:${account}:alarm:*`,
      budgets: `arn:${partition}:budgets::${account}:*`,
    };
    return Object.entries(sources).map(
      ([service, arn]) =>
        new PolicyStatement({
          principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
          actions,
          resources: [resource],
          conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': arn } },
        }),
    );
  }
}

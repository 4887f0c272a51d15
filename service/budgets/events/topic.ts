import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type AwsClientProps, awsClientConfig, callAws } from '../../shared/aws-call';
import type { RetryPolicy } from '../../shared/retry';
import type { EventMessage } from './event-message';

const RETRIES: RetryPolicy = {
  attempts: 3,
  attemptMs: 5000,
  deadlineMs: 15_000,
  baseDelayMs: 500,
  maxDelayMs: 4000,
};

/** An SNS topic that gets the events. */
export class Topic {
  private readonly client: SNSClient;

  /** @param arn of the topic */
  constructor(
    private readonly arn: string,
    private readonly aws: AwsClientProps,
  ) {
    this.client = new SNSClient(awsClientConfig(aws, RETRIES));
  }

  /** Publishes an event. @throws CallError after the last attempt */
  async publish(message: EventMessage): Promise<void> {
    const input = {
      TopicArn: this.arn,
      Message: JSON.stringify(message),
      // For subscriptions that filter.
      MessageAttributes: {
        type: { DataType: 'String', StringValue: message.type },
        project: { DataType: 'String', StringValue: message.budget.project },
      },
    };
    await callAws(
      `Publish to ${this.arn}`,
      (abortSignal) => this.client.send(new PublishCommand(input), { abortSignal }),
      RETRIES,
      this.aws.waiting,
    );
  }

  /** Closes the connections. */
  close(): void {
    this.client.destroy();
  }
}

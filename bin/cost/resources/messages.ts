import { always } from '../item';
import type { Pricing, PricingByType } from './resource';

const queue: Pricing = (_, { assumptions }) => [
  {
    service: 'Queue, requests',
    priceKey: 'sqs.million-requests',
    quantity: always(assumptions['queue-requests'] / 1_000_000),
    driver: 'fixed',
  },
];

const topic: Pricing = (_, { assumptions }) => [
  {
    service: 'Notifications, e-mail',
    priceKey: 'sns.hundred-thousand-emails',
    quantity: always(assumptions['notifications'] / 100_000),
    driver: 'fixed',
  },
];

export const MESSAGES: PricingByType = { 'AWS::SQS::Queue': queue, 'AWS::SNS::Topic': topic };

import { always } from '../item';
import type { Pricing, PricingByType } from './resource';

const key: Pricing = (_, { assumptions }) => [
  {
    service: 'KMS key',
    priceKey: 'kms.key.month',
    quantity: always(1),
    driver: 'fixed',
    note: 'before its first rotation; each of the first two adds one',
  },
  {
    service: 'KMS requests',
    priceKey: 'kms.ten-thousand-requests',
    quantity: always(assumptions['key-requests'] / 10_000),
    driver: 'fixed',
  },
];

const secret: Pricing = () => [
  { service: 'Secret', priceKey: 'secrets-manager.secret.month', quantity: always(1), driver: 'fixed' },
];

export const KEYS: PricingByType = { 'AWS::KMS::Key': key, 'AWS::SecretsManager::Secret': secret };

import { type CostName, type RequestCost, requestCost } from '../../../bin/sizing/request-cost';
import { testConfig } from '../../helpers/config';

/** What a request costs by default in prod, with some figures changed. */
export function costOf(changes: Partial<Record<CostName, number>> = {}): RequestCost {
  return { ...requestCost({}, testConfig()), ...changes };
}

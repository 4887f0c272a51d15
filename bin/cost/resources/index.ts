import type { CostItem } from '../item';
import type { Uncovered } from '../uncovered';
import { CACHE } from './cache';
import { CDN } from './cdn';
import { CLUSTER } from './cluster';
import { DATABASE } from './database';
import { DNS } from './dns';
import { FREE } from './free';
import { FUNCTIONS } from './functions';
import { KEYS } from './keys';
import { LOAD_BALANCER } from './load-balancer';
import { LOGS } from './logs';
import { MESSAGES } from './messages';
import { MONITORING } from './monitoring';
import { NETWORK } from './network';
import type { PricingByType, PricingContext, TemplateResources } from './resource';
import { STORAGE } from './storage';
import { WEB_ACL } from './web-acl';

export const PRICED: PricingByType = {
  ...CACHE,
  ...CDN,
  ...CLUSTER,
  ...DATABASE,
  ...DNS,
  ...FUNCTIONS,
  ...KEYS,
  ...LOAD_BALANCER,
  ...LOGS,
  ...MESSAGES,
  ...MONITORING,
  ...NETWORK,
  ...STORAGE,
  ...WEB_ACL,
};

/** A stack as it is synthesized. */
export interface StackTemplate {
  /** Construct id of the stack, such as Network. */
  readonly id: string;
  /** AWS region that the stack is deployed to. */
  readonly region: string;
  /** Resources of its template, by logical id. */
  readonly resources: TemplateResources;
}

/** What is paid for in a stack. */
export function itemsOf(
  { id: stack, region, resources }: StackTemplate,
  context: Omit<PricingContext, 'resources'>,
): CostItem[] {
  return Object.entries(resources).flatMap(([resource, { Type, Properties = {} }]) =>
    (PRICED[Type]?.(Properties, { ...context, resources }, resource) ?? []).map((item) => ({
      stack,
      region,
      resource,
      ...item,
    })),
  );
}

/** What of a stack is neither priced nor known to be free. */
export function uncoveredOf({ id: stack, resources }: StackTemplate): Uncovered[] {
  const counts = new Map<string, number>();
  for (const { Type } of Object.values(resources)) {
    if (Type in PRICED || Type in FREE) continue;
    counts.set(Type, (counts.get(Type) ?? 0) + 1);
  }
  return [...counts].map(([type, count]) => ({ stack, type, count }));
}

/** The loads that an environment is priced under. */
export const SCENARIOS = ['low', 'expected', 'peak'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** One number for each scenario. */
export type PerScenario<T = number> = Readonly<Record<Scenario, T>>;

/** What makes a cost grow. */
export const DRIVERS = ['fixed', 'per-replica', 'per-million-requests'] as const;
export type Driver = (typeof DRIVERS)[number];

/** A quantity of something that AWS charges for. */
export interface CostItem {
  /** Stack that creates it, or `Kubernetes` for what the pods need. */
  readonly stack: string;
  /** AWS region whose prices apply. */
  readonly region: string;
  /** Logical id of the resource, or another name where it has none. */
  readonly resource: string;
  /** Name for a reader, such as NAT gateway. */
  readonly service: string;
  /** Key in the price table. */
  readonly priceKey: string;
  /** Units of the price in a month. */
  readonly quantity: PerScenario;
  /** What makes the quantity grow. */
  readonly driver: Driver;
  /** What the quantity consists of. @default - the service says it */
  readonly note?: string;
}

/** An item as the module of its service creates it; the caller adds its origin. */
export type ItemParts = Omit<CostItem, 'stack' | 'region' | 'resource'> & { readonly resource?: string };

/** Hours of a month, as in AWS's own calculator: 365 days by 12. */
export const HOURS_PER_MONTH = 730;
export const SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600;

/** A number of its own for each scenario. */
export function perScenario<T>(of: (scenario: Scenario) => T): PerScenario<T> {
  return { low: of('low'), expected: of('expected'), peak: of('peak') };
}

/** The same number whatever the load. */
export function always(quantity: number): PerScenario {
  return perScenario(() => quantity);
}

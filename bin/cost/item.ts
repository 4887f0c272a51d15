/** The loads that an environment is priced under. */
export const SCENARIOS = ['low', 'expected', 'peak'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** One number for each scenario. */
export type PerScenario<T = number> = Readonly<Record<Scenario, T>>;

/** What makes a cost grow. */
export const DRIVERS = ['fixed', 'per-replica', 'per-million-requests'] as const;
export type Driver = (typeof DRIVERS)[number];

/** Something that is paid for: how much of it a month takes, and which price it has. */
export interface CostItem {
  /** Stack that brings it, or `Kubernetes` for what the pods need. */
  readonly stack: string;
  /** Region whose prices hold. */
  readonly region: string;
  /** Logical id of the resource, or name of what stands for it. */
  readonly resource: string;
  /** What a person calls it. */
  readonly service: string;
  /** Key in the price table. */
  readonly priceKey: string;
  /** Units of the price in a month. */
  readonly quantity: PerScenario;
  readonly driver: Driver;
  /** What the quantity is made of. @default - says itself */
  readonly note?: string;
}

/** An item as the module of its service makes it: where it comes from is added by the caller. */
export type ItemParts = Omit<CostItem, 'stack' | 'region' | 'resource'> & { readonly resource?: string };

/** Hours of a month, 365 days by 12: what AWS's own calculator takes. */
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

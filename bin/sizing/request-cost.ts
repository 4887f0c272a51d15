import type { ResolvedConfig } from '../../lib/config/environment-config';
import { ROW_BYTES } from '../../lib/config/storage-budget';
import { type OptionTable, UsageError } from '../cli/command';
import { numberWithin } from '../cli/option-values';

/** A number that a request costs: its unit, where its default comes from, and what the option takes. */
export interface CostFigure {
  readonly unit: string;
  /** Page with the measurement, knob, or reason. */
  readonly source: string;
  readonly least: number;
  readonly most: number;
  /** @default - the knob that `source` names */
  readonly value?: number;
}

/** What a request costs; each is an option of the command by its name. */
export const COST_FIGURES = {
  'cpu-ms': {
    value: 0.45,
    unit: 'ms of a core of the pod',
    source: 'docs/gateway-figures.md: a call of the gateway, once the code is compiled',
    least: 0.01,
    most: 10_000,
  },
  'memory-mib': {
    value: 209,
    unit: 'MiB of a process under load',
    source: 'docs/gateway-figures.md: after the last load',
    least: 1,
    most: 65_536,
  },
  'call-kib': {
    value: 78,
    unit: 'KiB of a call under way',
    source: 'docs/service-figures.md: 1,000 slow readers took 210 MiB, an idle process 134',
    least: 0,
    most: 1_048_576,
  },
  'db-ms': {
    value: 0.07,
    unit: 'ms of a core of the database',
    source:
      'docs/gateway-figures.md: 0.06 for the row beside a call; docs/service-figures.md: 0.01 for its share of the roll-ups',
    least: 0.001,
    most: 10_000,
  },
  'row-ios': {
    value: 1.1,
    unit: 'disk operations a row',
    source:
      'assumption: a page of a random index, and a twelfth of a flush (docs/service-figures.md: some 12 records share a transaction)',
    least: 0,
    most: 1000,
  },
  'hot-days': {
    value: 2,
    unit: 'days of rows that should be in memory',
    source: 'assumption: inserts and most questions are about today and yesterday; costs come from roll-ups',
    least: 0,
    most: 4000,
  },
  'row-bytes': {
    value: ROW_BYTES,
    unit: 'bytes of a row with its indexes',
    source: 'lib/config/storage-budget.ts: measured in full pages, pages two thirds full',
    least: 1,
    most: 1_048_576,
  },
  'prompt-bytes': {
    unit: 'bytes of a stored prompt',
    source: 'database.storedRequests.promptBytes',
    least: 0,
    most: 65_536,
  },
  'answer-bytes': {
    value: 4096,
    unit: 'bytes of an answer in the cache',
    source: 'assumption: as long as a prompt',
    least: 1,
    most: 33_554_432,
  },
  'hit-rate': {
    unit: '% answered from the cache',
    source: 'gateway.expectedCacheHitPercent',
    least: 0,
    most: 100,
  },
  'llm-seconds': {
    unit: 's of a call to a provider',
    source: 'gateway.expectedCallSeconds',
    least: 0.01,
    most: 3600,
  },
} as const satisfies Readonly<Record<string, CostFigure>>;

export type CostName = keyof typeof COST_FIGURES;

/** The figures by name, in their units. */
export type RequestCost = Readonly<Record<CostName, number>>;

export const COST_NAMES = Object.keys(COST_FIGURES) as CostName[];

/** The options for `parseArgs`. */
export const COST_OPTIONS = Object.fromEntries(
  COST_NAMES.map((name) => [name, { type: 'string' }]),
) as Record<CostName, { type: 'string' }> satisfies OptionTable;

/** The options as lines of the command's help. @param width of the column of options, characters */
export function costHelp(width: number): string {
  return COST_NAMES.map((name) => {
    const figure: CostFigure = COST_FIGURES[name];
    const from = figure.value === undefined ? figure.source : String(figure.value);
    return `  ${`--${name} <n>`.padEnd(width)}${figure.unit} (default: ${from})`;
  }).join('\n');
}

/** Figures that were given, else the configuration's, else the measured ones. @throws UsageError */
export function requestCost(
  given: Readonly<Partial<Record<CostName, string>>>,
  { gateway, database }: ResolvedConfig,
): RequestCost {
  const configured: Partial<Record<CostName, number>> = {
    'prompt-bytes': database.storedRequests.promptBytes,
    'hit-rate': gateway.expectedCacheHitPercent,
    'llm-seconds': gateway.expectedCallSeconds,
  };
  const entries = COST_NAMES.map((name) => {
    const figure: CostFigure = COST_FIGURES[name];
    const text = given[name];
    const value = text === undefined ? (configured[name] ?? figure.value) : numberWithin(name, text, figure);
    if (value === undefined) throw new UsageError(`--${name} is needed: ${figure.unit}`);
    return [name, value] as const;
  });
  return Object.fromEntries(entries) as unknown as RequestCost;
}

/** Share of requests that go on to a provider, 0 to 1. */
export function missShare(cost: RequestCost): number {
  return 1 - cost['hit-rate'] / 100;
}

/** Little's law: calls under way = calls a second that the cache does not answer x seconds of a call. */
export function callsUnderWay(requestsPerSecond: number, cost: RequestCost): number {
  return requestsPerSecond * missShare(cost) * cost['llm-seconds'];
}

import { environments } from '../../lib/config/environments';
import { type OptionTable, type OptionValues, UsageError } from '../cli/command';
import { oneOf, positiveNumber, timeZone } from '../cli/option-values';
import { HISTORY_OPTIONS, historyOptionsOf } from '../traffic/options';
import type { HistoryOptions } from '../traffic/read-history';
import { COST_NAMES, COST_OPTIONS, type CostName } from './request-cost';

/** What `npm run sizing` was asked to do. */
export interface SizingOptions {
  readonly environment: string;
  readonly trace: string;
  readonly reading: HistoryOptions;
  /** Factor on all loads. */
  readonly growth: number;
  /** Figures that were given, as text. */
  readonly cost: Readonly<Partial<Record<CostName, string>>>;
  /** Cluster whose VPA is asked; undefined: none. */
  readonly cluster: { readonly kubeconfig?: string; readonly context?: string } | undefined;
  /** Whether predictive scaling is replayed too. */
  readonly predictive: boolean;
  /** File for the patch. */
  readonly patch: string | undefined;
  readonly json: boolean;
}

export const OPTIONS = {
  env: { type: 'string', default: 'prod' },
  trace: { type: 'string' },
  'time-zone': { type: 'string', default: 'UTC' },
  ...HISTORY_OPTIONS,
  growth: { type: 'string', default: '1' },
  ...COST_OPTIONS,
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  predictive: { type: 'boolean', default: false },
  patch: { type: 'string' },
  json: { type: 'boolean', default: false },
} satisfies OptionTable;

/** @throws UsageError that names the option, the value and what it may be */
export function sizingOptions(values: OptionValues<typeof OPTIONS>): SizingOptions {
  const { trace, kubeconfig, context } = values;
  if (trace === undefined) throw new UsageError('--trace <file> is needed; see --help');
  const asksCluster = kubeconfig !== undefined || context !== undefined;
  return {
    environment: oneOf('env', values.env, Object.keys(environments)),
    trace,
    reading: historyOptionsOf(values, timeZone('time-zone', values['time-zone'])),
    growth: positiveNumber('growth', values.growth),
    cost: Object.fromEntries(COST_NAMES.map((name) => [name, values[name]])),
    cluster: asksCluster
      ? { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) }
      : undefined,
    predictive: values.predictive,
    patch: values.patch,
    json: values.json,
  };
}

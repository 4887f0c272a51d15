import { textTable } from '../../cli/text-table';
import type { PoolFigures } from './measure-clients';
import type { RouteFigures } from './measure-pooler';

/** Columns of the table with the text of their cells. */
const COLUMNS: Readonly<Record<string, (figures: PoolFigures) => string>> = {
  clients: ({ clients }) => String(clients),
  pools: ({ pools }) => String(pools),
  'queries/s': ({ queriesPerSecond }) => queriesPerSecond.toFixed(0),
  'p50 ms': ({ p50Ms }) => p50Ms.toFixed(1),
  'p95 ms': ({ p95Ms }) => p95Ms.toFixed(1),
  'p99 ms': ({ p99Ms }) => p99Ms.toFixed(1),
  refused: ({ refused }) => String(refused),
  failed: ({ failures }) => String(Object.values(failures).reduce((sum, number) => sum + number, 0)),
  connections: ({ serverConnections }) => String(serverConnections),
};

/** The figures of a route as a table, a row for each number of clients. */
export function formatRoute({ way, figures }: RouteFigures): string {
  const rows = figures.map((one) => Object.values(COLUMNS).map((cell) => cell(one)));
  const failures = new Set(figures.flatMap((one) => Object.keys(one.failures)));
  return [
    way === 'direct' ? 'Directly to PostgreSQL' : 'Through PgBouncer',
    ...textTable([Object.keys(COLUMNS), ...rows], () => true).map((line) => `  ${line}`),
    ...[...failures].map((failure) => `  failed: ${failure}`),
  ].join('\n');
}

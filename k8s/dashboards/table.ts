import { DATASOURCE, type FieldOverride, type PanelContent, type Unit } from './grafana';
import { type Limit, thresholdsOf } from './limit';
import { refId, targetOf } from './query';

/** A column of a table: a query with one value for each of the rows. */
export interface Column {
  /** Heading of the column. */
  readonly name: string;
  /** PromQL with one value for each row. */
  readonly expr: string;
  /** Unit of the values and of the limit. */
  readonly unit: Unit;
  /** Digits after the decimal point. @default - Grafana's, by the size of the value */
  readonly decimals?: number;
  /** Bound that colours the values. @default - none */
  readonly limit?: Limit;
}

/** Properties of a table. */
export interface TableProps {
  /** Heading of the panel. */
  readonly title: string;
  /** What the values mean and what to do about them. */
  readonly description: string;
  /** Prometheus label whose values are the rows, e.g. `route`. */
  readonly rows: string;
  /** From left to right; the table is sorted by the first. */
  readonly columns: readonly Column[];
}

/** A table with a row for each value of a label. */
export function table({ title, description, rows, columns }: TableProps): PanelContent {
  const [first] = columns;
  return {
    type: 'table',
    title,
    description,
    datasource: DATASOURCE,
    targets: columns.map(({ expr, name }, index) => ({
      ...targetOf({ expr, legend: name }, index, 'instant'),
      format: 'table',
    })),
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          renameByName: Object.fromEntries(
            columns.map(({ name }, index) => [`Value #${refId(index)}`, name]),
          ),
          indexByName: Object.fromEntries(
            [rows, ...columns.map((_, index) => `Value #${refId(index)}`)].map((field, index) => [
              field,
              index,
            ]),
          ),
        },
      },
    ],
    fieldConfig: { defaults: {}, overrides: columns.map(columnOverride) },
    options: { showHeader: true, sortBy: [{ displayName: first?.name, desc: true }] },
  };
}

function columnOverride({ name, unit, decimals, limit }: Column): FieldOverride {
  return {
    matcher: { id: 'byName', options: name },
    properties: [
      { id: 'unit', value: unit },
      ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
      ...(limit === undefined
        ? []
        : [
            { id: 'thresholds', value: thresholdsOf([limit]) },
            { id: 'custom.cellOptions', value: { type: 'color-text' } },
          ]),
    ],
  };
}

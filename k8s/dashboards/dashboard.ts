import type { ResolvedConfig } from '../../lib/config/environment-config';
import { PROJECT } from '../../lib/config/names';
import { DATASOURCE, type GrafanaDashboard, SCHEMA_VERSION, type Variable } from './grafana';
import { arrange, type Section } from './layout';

/**
 * Refresh interval. Six hours of 50 replicas take some 20 s of Prometheus's single CPU, which also answers the
 * autoscaler's queries (docs/dashboards.md).
 */
const REFRESH = '1m';

/** Contents of one dashboard. */
export interface DashboardProps {
  /** Last part of the uid, e.g. `api`. */
  readonly name: string;
  /** Shown after the environment's name, e.g. `API`. */
  readonly title: string;
  /** Question that the dashboard answers, one sentence. */
  readonly description: string;
  /** Variables besides the Prometheus data source. @default [] */
  readonly variables?: readonly Variable[];
  /** From top to bottom. */
  readonly sections: readonly Section[];
}

/** Grafana dashboard of an environment, with its panels placed and links to the environment's other dashboards. */
export function dashboard(
  { environment }: Pick<ResolvedConfig, 'environment'>,
  { name, title, description, variables = [], sections }: DashboardProps,
): GrafanaDashboard {
  const tag = `${PROJECT}-${environment}`;
  return {
    // Stable, so that links and bookmarks keep working. Grafana allows 40 characters; longer environment names are
    // refused.
    uid: `${PROJECT}-${environment}-${name}`,
    title: `LLM Cost Ops ${environment}: ${title}`,
    description,
    tags: [PROJECT, tag],
    schemaVersion: SCHEMA_VERSION,
    id: null,
    editable: true,
    graphTooltip: 1,
    timezone: 'browser',
    time: { from: 'now-6h', to: 'now' },
    refresh: REFRESH,
    annotations: { list: [] },
    templating: { list: [datasourceVariable(), ...variables] },
    links: [
      {
        type: 'dashboards',
        title: 'Dashboards',
        icon: 'dashboard',
        tooltip: '',
        tags: [tag],
        asDropdown: false,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
      },
    ],
    panels: arrange(sections),
  };
}

/** A variable whose choices are the values of a Prometheus label. */
export interface LabelVariableProps {
  /** Prometheus label, and name of the variable, e.g. `pod`. */
  readonly name: string;
  /** Text beside the choice. */
  readonly label: string;
  /** PromQL selector of the series that carry the label. */
  readonly series: string;
  /** Regular expression for the choice "All". */
  readonly all: string;
}

/** Variable with the values of the label `name`; initially all are selected. */
export function labelVariable({ name, label, series, all }: LabelVariableProps): Variable {
  const query = `label_values(${series}, ${name})`;
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    definition: query,
    query: { query, refId: name },
    // 2: query the values again when the time range changes.
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: all,
    current: { text: ['All'], value: ['$__all'] },
    options: [],
  };
}

function datasourceVariable(): Variable {
  return {
    name: 'datasource',
    label: 'Prometheus',
    type: 'datasource',
    query: 'prometheus',
    refresh: 1,
    multi: false,
    includeAll: false,
    options: [],
  };
}

import type { ResolvedConfig } from '../../lib/config/environment-config';
import { PROJECT } from '../../lib/config/names';
import { DATASOURCE, type GrafanaDashboard, SCHEMA_VERSION, type Variable } from './grafana';
import { arrange, type Section } from './layout';

/**
 * A look at six hours of 50 replicas takes Prometheus some 20 s of CPU, of the one that it has; it has the autoscaler
 * to answer as well (docs/dashboards.md).
 */
const REFRESH = '1m';

export interface DashboardProps {
  /** Last part of the uid, e.g. `api`. */
  readonly name: string;
  /** For a person, e.g. `API`. */
  readonly title: string;
  readonly description: string;
  /** Choices beside that of the Prometheus. @default [] */
  readonly variables?: readonly Variable[];
  readonly sections: readonly Section[];
}

/** A dashboard of an environment: its parts in their places, with links to the environment's others. */
export function dashboard(
  { environment }: Pick<ResolvedConfig, 'environment'>,
  { name, title, description, variables = [], sections }: DashboardProps,
): GrafanaDashboard {
  const tag = `${PROJECT}-${environment}`;
  return {
    // The same at every rendering, so that links and bookmarks last. At most 40 characters, which every environment's name leaves.
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

export interface LabelVariableProps {
  readonly name: string;
  readonly label: string;
  /** Series whose label has the values, as PromQL. */
  readonly series: string;
  /** Regular expression that stands for all of them. */
  readonly all: string;
}

/** Choice among the values of the label `name`; all of them at first. */
export function labelVariable({ name, label, series, all }: LabelVariableProps): Variable {
  const query = `label_values(${series}, ${name})`;
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    definition: query,
    query: { query, refId: name },
    // 2: again whenever the time range changes.
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

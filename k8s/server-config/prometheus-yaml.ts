import { stringify } from 'yaml';
import { ADMIN_NAME, API_NAME, METRICS_PATH, NAMESPACE, PGBOUNCER_NAME } from '../../lib/config/names';
import { promDuration, SCRAPE_INTERVAL } from './request-metric';

/** Components whose pods are scraped, at the container port named `metrics`. */
const SCRAPED = [API_NAME, ADMIN_NAME, PGBOUNCER_NAME];
const METRICS_PORT_NAME = 'metrics';

/** Time that a pod may take to answer: a third of the interval, so that two scrapes of a slow pod never overlap. */
const SCRAPE_TIMEOUT = '5s';

/**
 * Limits of one scrape; above any of them the whole scrape fails, and the pod has no metric. A label with too many
 * values (a raw URL as `route`) therefore costs its own pod's metric, not Prometheus. At full scale, 63 API pods in a
 * roll-out x 5000 series x about 4 kB are 1.3 GB, below Prometheus's memory limit.
 */
const SCRAPE_LIMITS = {
  sample_limit: 5000,
  body_size_limit: '5MB',
  label_limit: 30,
  label_name_length_limit: 100,
  label_value_length_limit: 200,
};

const META = '__meta_kubernetes';

/** One entry of `scrape_configs`, valid in Prometheus 2.53 and 3.5. */
export interface ScrapeConfig {
  /** Value of the label `job`. */
  readonly job_name: string;
  /** Prometheus's other fields of a scrape configuration. */
  readonly [field: string]: unknown;
}

/** The sections of prometheus.yml that are used here. */
export interface PrometheusConfig {
  /** Scrape interval and timeout, as Prometheus durations. */
  readonly global: Readonly<Record<string, string>>;
  /** Jobs, each with its service discovery. */
  readonly scrape_configs: readonly ScrapeConfig[];
}

/**
 * prometheus.yml as data. The pods must send a Content-Type: Prometheus 3 refuses a response without one unless
 * `fallback_scrape_protocol` is set, and 2.53 does not know that setting.
 */
export function prometheusConfig(scrapeInterval = SCRAPE_INTERVAL): PrometheusConfig {
  const interval = promDuration(scrapeInterval);
  const timeout = scrapeInterval.toSeconds() > 5 ? SCRAPE_TIMEOUT : interval;
  return {
    global: { scrape_interval: interval, scrape_timeout: timeout },
    scrape_configs: [
      {
        job_name: 'pods',
        metrics_path: METRICS_PATH,
        // A pod must not claim another pod's name: its own labels namespace and pod are renamed to `exported_…`.
        honor_labels: false,
        // Nor set timestamps: one sample from the future would make Prometheus refuse all later ones until then.
        honor_timestamps: false,
        ...SCRAPE_LIMITS,
        kubernetes_sd_configs: [{ role: 'pod', namespaces: { names: [NAMESPACE] } }],
        relabel_configs: [
          keep(`${META}_pod_phase`, 'Running'),
          keep(`${META}_pod_label_app_kubernetes_io_name`, SCRAPED.join('|')),
          keep(`${META}_pod_container_port_name`, METRICS_PORT_NAME),
          copy(`${META}_namespace`, 'namespace'),
          copy(`${META}_pod_name`, 'pod'),
          copy(`${META}_pod_label_app_kubernetes_io_name`, 'app'),
        ],
      },
    ],
  };
}

/** Text of prometheus.yml. */
export function prometheusYaml(config: PrometheusConfig = prometheusConfig()): string {
  return stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Relabelling rule that keeps a target only if its label matches `regex`, which Prometheus anchors. */
function keep(label: string, regex: string) {
  return { source_labels: [label], regex, action: 'keep' };
}

function copy(label: string, target: string) {
  return { source_labels: [label], target_label: target };
}

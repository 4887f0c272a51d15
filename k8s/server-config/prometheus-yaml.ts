import { stringify } from 'yaml';
import { ADMIN_NAME, API_NAME, METRICS_PATH, NAMESPACE, PGBOUNCER_NAME } from '../../lib/config/names';
import { promDuration, SCRAPE_INTERVAL } from './request-metric';

/** Components whose pods are scraped, at the container port named `metrics`. */
const SCRAPED = [API_NAME, ADMIN_NAME, PGBOUNCER_NAME];
const METRICS_PORT_NAME = 'metrics';

/** Time a pod may take to answer, seconds. The third part of the interval: a slow pod never overlaps itself. */
const SCRAPE_TIMEOUT = '5s';

/**
 * Most of one scrape; above any of them the scrape fails as a whole and the pod counts as one without a metric. A
 * label that runs away (a raw URL as `route`) costs its own pod's metric, not Prometheus: at full scale, 63 API pods
 * in a roll-out x 5000 series x about 4 kB are 1.3 GB, below Prometheus's memory limit.
 */
const SCRAPE_LIMITS = {
  sample_limit: 5000,
  body_size_limit: '5MB',
  label_limit: 30,
  label_name_length_limit: 100,
  label_value_length_limit: 200,
};

const META = '__meta_kubernetes';

/** A part of prometheus.yml: valid in Prometheus 2.53 and 3.5 alike. */
export interface ScrapeConfig {
  readonly job_name: string;
  readonly [field: string]: unknown;
}

export interface PrometheusConfig {
  readonly global: Readonly<Record<string, string>>;
  readonly scrape_configs: readonly ScrapeConfig[];
}

/**
 * prometheus.yml as data. Prometheus 3 differs from 2.53 where a pod answers without a Content-Type: it refuses the
 * scrape unless `fallback_scrape_protocol` says what to take it for, which 2.53 does not know. The pods must send one.
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
        // A pod must not claim another's name: what it says of namespace and pod is renamed to `exported_…`.
        honor_labels: false,
        // Nor another time: one sample of tomorrow would make Prometheus refuse all of today's.
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

/** Relabelling that drops targets unless the label matches all of `regex`; Prometheus anchors it. */
function keep(label: string, regex: string) {
  return { source_labels: [label], regex, action: 'keep' };
}

function copy(label: string, target: string) {
  return { source_labels: [label], target_label: target };
}

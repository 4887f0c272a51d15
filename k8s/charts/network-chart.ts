import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { METRICS_AGENT } from '../../lib/config/api-metrics';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import {
  ADMIN_NAME,
  API_NAME,
  API_PORT,
  CACHE_PORT,
  DATABASE_PORT,
  METRICS_PORT,
  NAMESPACE,
  PGBOUNCER_NAME,
} from '../../lib/config/names';
import { scalesApi } from '../../lib/config/scaled-workloads';
import {
  type ComponentName,
  FLOOR_RELEASE_NAME,
  METRICS_ADAPTER_NAME,
  METRICS_ADAPTER_PORT,
  NGINX_HTTP_PORT,
  NGINX_HTTPS_PORT,
  NGINX_NAME,
  PGBOUNCER_EXPORTER_PORT,
  PGBOUNCER_PORT,
  PROMETHEUS_NAME,
  PROMETHEUS_PORT,
  selectorOf,
} from '../components';
import { NetworkPolicy, type TrafficRule } from '../constructs/network-policy';
import { commonLabels } from '../labels';
import { needsMetricsAdapter, needsPrometheus } from '../metrics-needs';
import {
  ANY_POD,
  ANYWHERE,
  cidrPeer,
  controlPlanePeers,
  dataPeers,
  dnsPeers,
  kubernetesApiPeers,
  loadBalancerPeers,
  metricsAgentPeers,
  POD_IDENTITY_AGENT,
  POD_IDENTITY_AGENT_PORT,
  podsIn,
  podsOf,
} from '../network-peers';

const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const DNS_PORT = 53;

/** Namespace in which KEDA is installed (docs/cluster-requirements.md). */
const KEDA_NAMESPACE = 'keda';

export interface NetworkChartProps {
  readonly config: ResolvedConfig;
}

/** What may be said by whom to whom; everything else is denied, both ways. */
interface Traffic {
  readonly ingress?: readonly TrafficRule[];
  readonly egress?: readonly TrafficRule[];
}

/**
 * Network policies: nothing is allowed but what is written here. One policy a component; DNS, which all need, has
 * its own. The kubelet's probes come from the pod's own node and are always let in.
 */
export class NetworkChart extends Chart {
  constructor(scope: Construct, id: string, { config }: NetworkChartProps) {
    super(scope, id, {
      namespace: NAMESPACE,
      labels: commonLabels(config.environment),
      disableResourceNameHashes: true,
    });
    new NetworkPolicy(this, 'DefaultDeny', { name: 'default-deny', selector: {} });
    new NetworkPolicy(this, 'AllowDns', {
      name: 'allow-dns',
      selector: {},
      egress: [{ peers: dnsPeers(config), ports: [DNS_PORT], protocols: ['UDP', 'TCP'] }],
    });
    for (const [name, traffic] of Object.entries(trafficOf(config)) as [ComponentName, Traffic][]) {
      new NetworkPolicy(this, name, { name, selector: selectorOf(name), ...traffic });
    }
  }
}

/** The traffic of every component that is rendered. */
function trafficOf(config: ResolvedConfig): Partial<Record<ComponentName, Traffic>> {
  const { database, nginx } = config;
  return {
    [API_NAME]: apiTraffic(config),
    [ADMIN_NAME]: webTraffic(config, loadBalancerPeers(config)),
    ...(nginx.enabled && { [NGINX_NAME]: nginxTraffic(config) }),
    ...(database.pooler === 'pgbouncer' && { [PGBOUNCER_NAME]: pgBouncerTraffic(config) }),
    ...(needsPrometheus(config) && { [PROMETHEUS_NAME]: prometheusTraffic(config) }),
    ...(needsMetricsAdapter(config) && { [METRICS_ADAPTER_NAME]: metricsAdapterTraffic(config) }),
    ...(scalesApi(config) && {
      [FLOOR_RELEASE_NAME]: { egress: [{ peers: kubernetesApiPeers(config), ports: [HTTPS_PORT] }] },
    }),
  };
}

/**
 * Requests come from NGINX where it is in the way. The load balancer stays admitted: while NGINX is switched on or off
 * it sends to one of them and then to the other.
 */
function apiTraffic(config: ResolvedConfig): Traffic {
  const nginx = config.nginx.enabled ? [podsOf(NGINX_NAME)] : [];
  return webTraffic(config, [...nginx, ...loadBalancerPeers(config)]);
}

/** A web server: requests and scrapes come in; database, cache, LLM providers, AWS and its agent are asked. */
function webTraffic(config: ResolvedConfig, clients: TrafficRule['peers']): Traffic {
  return {
    ingress: [{ peers: clients, ports: [API_PORT] }, ...scrapes(config, METRICS_PORT)],
    egress: [
      ...databaseRules(config),
      { peers: dataPeers(config), ports: [CACHE_PORT] },
      { peers: [ANYWHERE], ports: [HTTPS_PORT] },
      { peers: [POD_IDENTITY_AGENT], ports: [POD_IDENTITY_AGENT_PORT] },
      ...(config.cluster.containerInsights
        ? [{ peers: metricsAgentPeers(config), ports: [METRICS_AGENT.port] }]
        : []),
    ],
  };
}

/**
 * The subnets of proxy, database and replicas, and PgBouncer where it pools. Beside it the way past it stays open: a
 * change of pooler rolls the pods out, and those that are still there use the other one.
 */
function databaseRules(config: ResolvedConfig): TrafficRule[] {
  const direct = { peers: dataPeers(config), ports: [DATABASE_PORT] };
  const pooled = { peers: [podsOf(PGBOUNCER_NAME)], ports: [PGBOUNCER_PORT] };
  return config.database.pooler === 'pgbouncer' ? [pooled, direct] : [direct];
}

function nginxTraffic(config: ResolvedConfig): Traffic {
  const { servers } = config.nginx;
  return {
    ingress: [
      { peers: loadBalancerPeers(config), ports: [NGINX_HTTP_PORT] },
      { peers: [ANY_POD], ports: [NGINX_HTTPS_PORT] },
    ],
    egress:
      servers.length === 0
        ? [{ peers: [podsOf(API_NAME)], ports: [API_PORT] }]
        : servers.map(({ address }) => serverRule(address)),
  };
}

/** A server by its address; by name it may be anywhere. */
function serverRule(address: string): TrafficRule {
  const [host = '', port] = address.split(':');
  const isAddress = /^[\d.]+$/.test(host);
  return { peers: [isAddress ? cidrPeer(`${host}/32`) : ANYWHERE], ports: [Number(port)] };
}

function pgBouncerTraffic(config: ResolvedConfig): Traffic {
  return {
    ingress: [
      { peers: [podsOf(API_NAME), podsOf(ADMIN_NAME)], ports: [PGBOUNCER_PORT] },
      ...scrapes(config, PGBOUNCER_EXPORTER_PORT),
    ],
    egress: [{ peers: dataPeers(config), ports: [DATABASE_PORT] }],
  };
}

function prometheusTraffic(config: ResolvedConfig): Traffic {
  const clients = needsMetricsAdapter(config)
    ? podsOf(METRICS_ADAPTER_NAME)
    : podsIn(KEDA_NAMESPACE, { app: 'keda-operator' });
  return {
    ingress: [{ peers: [clients], ports: [PROMETHEUS_PORT] }],
    egress: [
      { peers: [podsOf(API_NAME), podsOf(ADMIN_NAME)], ports: [METRICS_PORT] },
      ...(config.database.pooler === 'pgbouncer'
        ? [{ peers: [podsOf(PGBOUNCER_NAME)], ports: [PGBOUNCER_EXPORTER_PORT] }]
        : []),
      { peers: kubernetesApiPeers(config), ports: [HTTPS_PORT] },
    ],
  };
}

/** The adapter is an extension of the Kubernetes API: the control plane calls it. */
function metricsAdapterTraffic(config: ResolvedConfig): Traffic {
  const { prometheusUrl } = config.metrics;
  return {
    ingress: [{ peers: controlPlanePeers(config), ports: [METRICS_ADAPTER_PORT] }],
    egress: [
      prometheusUrl === null
        ? { peers: [podsOf(PROMETHEUS_NAME)], ports: [PROMETHEUS_PORT] }
        : externalPrometheusRule(prometheusUrl),
      { peers: kubernetesApiPeers(config), ports: [HTTPS_PORT] },
    ],
  };
}

/** A Prometheus that is there already: a Service's port is not its pods' port, so inside the cluster any. */
function externalPrometheusRule(url: string): TrafficRule {
  const namespace = namespaceOf(url);
  if (namespace !== undefined) return { peers: [podsIn(namespace)], ports: [] };
  return { peers: [ANYWHERE], ports: [Number(new URL(url).port) || HTTP_PORT] };
}

/** Who reads metrics: our Prometheus, or the pods of the namespace in which there is one already; else nobody. */
function scrapes(config: ResolvedConfig, port: number): TrafficRule[] {
  if (needsPrometheus(config)) return [{ peers: [podsOf(PROMETHEUS_NAME)], ports: [port] }];
  const { prometheusUrl, scraperNamespace } = config.metrics;
  const namespace = scraperNamespace ?? (prometheusUrl === null ? undefined : namespaceOf(prometheusUrl));
  return namespace === undefined ? [] : [{ peers: [podsIn(namespace)], ports: [port] }];
}

/** Namespace of a Service's host, `<service>.<namespace>.svc[.cluster.local]`; undefined for any other. */
function namespaceOf(url: string): string | undefined {
  return /^http:\/\/[^.]+\.([^.]+)\.svc(\.|:|$)/.exec(url)?.[1];
}

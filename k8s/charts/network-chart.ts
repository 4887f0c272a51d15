import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
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
import { scaledWorkloads } from '../../lib/config/scaled-workloads';
import { METRICS_AGENT } from '../../service/contract';
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
  VPA_ADMISSION_NAME,
  VPA_RECOMMENDER_NAME,
  VPA_UPDATER_NAME,
  VPA_WEBHOOK_PORT,
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
import { installsVpa, needsVpaAdmission, needsVpaUpdater } from '../vpa-needs';

const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const DNS_PORT = 53;

/** Namespace in which KEDA is installed (docs/cluster-requirements.md). */
const KEDA_NAMESPACE = 'keda';

export interface NetworkChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
}

/** Allowed traffic of a component; everything else is denied in both directions. */
interface Traffic {
  /** Connections to the component's pods. @default - none */
  readonly ingress?: readonly TrafficRule[];
  /** Connections from the component's pods. @default - none */
  readonly egress?: readonly TrafficRule[];
}

/**
 * Network policies. They deny all traffic except what is listed here. Each component has one policy; DNS, which all
 * pods need, has its own. Kubernetes always allows the kubelet's probes from the pod's own node.
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
    if (config.cluster.kind === 'managed') switchOnEnforcement(this);
    for (const [name, traffic] of Object.entries(trafficOf(config)) as [ComponentName, Traffic][]) {
      new NetworkPolicy(this, name, { name, selector: selectorOf(name), ...traffic });
    }
  }
}

/**
 * Auto Mode enforces network policies once this ConfigMap says so; until then Kubernetes accepts and ignores them. In an
 * existing cluster its owners decide.
 * https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html
 */
function switchOnEnforcement(scope: Construct): void {
  new ApiObject(scope, 'Enforcement', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'amazon-vpc-cni', namespace: 'kube-system' },
    data: { 'enable-network-policy-controller': 'true' },
  });
}

/** The traffic of every component that is rendered. */
function trafficOf(config: ResolvedConfig): Partial<Record<ComponentName, Traffic>> {
  const { database, nginx } = config;
  return {
    [API_NAME]: apiTraffic(config),
    [ADMIN_NAME]: adminTraffic(config),
    ...(nginx.enabled && { [NGINX_NAME]: nginxTraffic(config) }),
    ...(database.pooler === 'pgbouncer' && { [PGBOUNCER_NAME]: pgBouncerTraffic(config) }),
    ...(needsPrometheus(config) && { [PROMETHEUS_NAME]: prometheusTraffic(config) }),
    ...(needsMetricsAdapter(config) && { [METRICS_ADAPTER_NAME]: metricsAdapterTraffic(config) }),
    ...(scaledWorkloads(config).length > 0 && { [FLOOR_RELEASE_NAME]: kubernetesApiTraffic(config) }),
    ...(installsVpa(config) && verticalPodAutoscalerTraffic(config)),
  };
}

/** To the Kubernetes API alone. */
function kubernetesApiTraffic(config: ResolvedConfig): Traffic {
  return { egress: [{ peers: kubernetesApiPeers(config), ports: [HTTPS_PORT] }] };
}

/** All parts ask the Kubernetes API, for metrics of pods too; the control plane calls the admission controller. */
function verticalPodAutoscalerTraffic(config: ResolvedConfig): Partial<Record<ComponentName, Traffic>> {
  const traffic = kubernetesApiTraffic(config);
  const ingress = [{ peers: controlPlanePeers(config), ports: [VPA_WEBHOOK_PORT] }];
  return {
    [VPA_RECOMMENDER_NAME]: traffic,
    ...(needsVpaUpdater(config) && { [VPA_UPDATER_NAME]: traffic }),
    ...(needsVpaAdmission(config) && { [VPA_ADMISSION_NAME]: { ...traffic, ingress } }),
  };
}

/**
 * With `nginx.enabled` requests come from NGINX. The load balancer stays allowed: while NGINX is switched on or off it
 * sends requests first to one of them and then to the other.
 */
function apiTraffic(config: ResolvedConfig): Traffic {
  const nginx = config.nginx.enabled ? [podsOf(NGINX_NAME)] : [];
  const { ingress, egress = [] } = webTraffic(config, [...nginx, ...loadBalancerPeers(config)]);
  return { ingress, egress: [...egress, ...providerRules(config)] };
}

/** To LLM providers on other ports than 443, which is open for all of them. Their addresses change. */
function providerRules({ gateway: { providers } }: ResolvedConfig): TrafficRule[] {
  const urls = providers.flatMap(({ baseUrl }) => (baseUrl === null ? [] : [new URL(baseUrl)]));
  const ports = urls.map(
    ({ port, protocol }) => Number(port) || (protocol === 'http:' ? HTTP_PORT : HTTPS_PORT),
  );
  const others = [...new Set(ports)].filter((port) => port !== HTTPS_PORT).sort((a, b) => a - b);
  return others.length === 0 ? [] : [{ peers: [ANYWHERE], ports: others }];
}

/** Besides the traffic of a web server: queries to Prometheus, where one is known. */
function adminTraffic(config: ResolvedConfig): Traffic {
  const { ingress, egress = [] } = webTraffic(config, loadBalancerPeers(config));
  return { ingress, egress: [...egress, ...prometheusRules(config)] };
}

/** Ingress: requests and scrapes. Egress: database, cache, LLM providers, AWS APIs and the agents on the node. */
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
 * To the subnets of proxy, database and replicas, and to PgBouncer where it is the pooler. The direct way stays open
 * beside PgBouncer: a change of pooler rolls out new pods while old ones still use the other way.
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

/** To a server by its IP address; a server with a host name may have any address. */
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
    ingress: [{ peers: [clients, podsOf(ADMIN_NAME)], ports: [PROMETHEUS_PORT] }],
    egress: [
      { peers: [podsOf(API_NAME), podsOf(ADMIN_NAME)], ports: [METRICS_PORT] },
      ...(config.database.pooler === 'pgbouncer'
        ? [{ peers: [podsOf(PGBOUNCER_NAME)], ports: [PGBOUNCER_EXPORTER_PORT] }]
        : []),
      { peers: kubernetesApiPeers(config), ports: [HTTPS_PORT] },
    ],
  };
}

/** The adapter is an extension API server: the control plane calls it. */
function metricsAdapterTraffic(config: ResolvedConfig): Traffic {
  return {
    ingress: [{ peers: controlPlanePeers(config), ports: [METRICS_ADAPTER_PORT] }],
    egress: [...prometheusRules(config), { peers: kubernetesApiPeers(config), ports: [HTTPS_PORT] }],
  };
}

/** To the Prometheus of the environment: the rendered one, or an existing one by its URL. Empty without any. */
function prometheusRules(config: ResolvedConfig): TrafficRule[] {
  if (needsPrometheus(config)) return [{ peers: [podsOf(PROMETHEUS_NAME)], ports: [PROMETHEUS_PORT] }];
  const { prometheusUrl } = config.metrics;
  return prometheusUrl === null ? [] : [externalPrometheusRule(prometheusUrl)];
}

/**
 * To an existing Prometheus. A Service's port may differ from its pods' port, so in the cluster all ports are allowed.
 */
function externalPrometheusRule(url: string): TrafficRule {
  const namespace = namespaceOf(url);
  if (namespace !== undefined) return { peers: [podsIn(namespace)], ports: [] };
  return { peers: [ANYWHERE], ports: [Number(new URL(url).port) || HTTP_PORT] };
}

/** From the Prometheus that scrapes: the rendered one, or pods of an existing one's namespace. Empty without any. */
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

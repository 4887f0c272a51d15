import { selectorOf } from '../../k8s/components';
import { renderManifests } from '../../k8s/manifests';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { EXISTING_CLUSTER, testConfig } from '../helpers/config';
import { type AnyDocument, documentOf } from '../helpers/manifests';
import { allows, type Endpoint } from '../helpers/network';

const pod = (name: string, address?: string): Endpoint => ({
  namespace: 'llm-cost-ops',
  labels: selectorOf(`llm-cost-ops-${name}` as never),
  ...(address && { address }),
});
const foreign = (namespace: string, labels: Record<string, string> = {}): Endpoint => ({ namespace, labels });

const API = pod('api', '10.0.70.1');
const ADMIN = pod('admin');
const NGINX = pod('nginx');
const PGBOUNCER = pod('pgbouncer');
const PROMETHEUS = pod('prometheus');
const ADAPTER = pod('metrics-adapter');
const RELEASE = pod('floor-release');
const RECOMMENDER = pod('vpa-recommender');
const UPDATER = pod('vpa-updater');
const ADMISSION = pod('vpa-admission');
const STRANGER = foreign('default', { app: 'stranger' });
const SPY = pod('spy', '10.0.65.9');
const ALB = { address: '10.0.193.20' };
const INTERNAL_ALB = { address: '10.0.1.20' };
const DATABASE = { address: '10.0.196.5' };
const INTERNET = { address: '198.51.100.7' };
const METADATA_SERVICE = { address: '169.254.169.254' };
const POD_IDENTITY = { address: '169.254.170.23' };
const KUBERNETES_SERVICE = { address: '172.20.0.1' };
const CONTROL_PLANE = { address: '10.0.128.44' };
const AGENT_SERVICE = { address: '172.20.77.3' };
const NODE = { address: '10.0.66.8' };
const DNS_SERVICE = { address: '172.20.0.10' };
const DNS_POD = foreign('kube-system', { 'k8s-app': 'kube-dns' });

const base = testConfig();
const nginx = testConfig({ nginx: { enabled: true, tlsSecretName: 'api-tls' } });
const pgbouncer = testConfig({ database: { pooler: 'pgbouncer' } });
const keda = testConfig({ autoscaling: { driver: 'keda' } });
const vpaActs = testConfig({ autoscaling: { preset: 'vpa-acts' } });
const blind = testConfig({ cluster: { containerInsights: false } });
/** Providers on ports of their own. */
const ownModels = testConfig({
  gateway: {
    providers: [
      { name: 'openai', type: 'openai' },
      { name: 'vllm', type: 'openai', baseUrl: 'https://models.example.com:8443/v1' },
      { name: 'plain', type: 'openai', baseUrl: 'http://models.example.com/v1' },
    ],
    models: [{ match: '*', provider: 'vllm' }],
  },
});
const hidden = testConfig({
  loadBalancer: { exposure: 'cloudfront-only', cloudFrontPrefixListId: 'pl-0123456789abcdef0' },
});

const connects = (config: ResolvedConfig, from: Endpoint, to: Endpoint, port: number) =>
  allows(renderManifests(config).manifests, from, to, port);

describe('network policies', () => {
  it.each<[what: string, config: ResolvedConfig, from: Endpoint, to: Endpoint, port: number]>([
    ['the ALB to the API', base, ALB, API, 8080],
    ['an internal ALB to the API', hidden, INTERNAL_ALB, API, 8080],
    ['the ALB to the admin servers', base, ALB, ADMIN, 8080],
    ['the API to RDS Proxy', base, API, DATABASE, 5432],
    ['the API to the cache', base, API, DATABASE, 6379],
    ['the API to LLM providers', base, API, INTERNET, 443],
    ['the API to a provider on a port of its own', ownModels, API, INTERNET, 8443],
    ['the API to a provider without TLS', ownModels, API, INTERNET, 80],
    ['the API to the Pod Identity agent', base, API, POD_IDENTITY, 80],
    ['the API to DNS as EKS Auto Mode runs it', base, API, DNS_SERVICE, 53],
    ["the API to the metrics agent's Service", base, API, AGENT_SERVICE, 25888],
    ['the API to the metrics agent on a node', base, API, NODE, 25888],
    ['the admin servers to the metrics agent', base, ADMIN, NODE, 25888],
    ['Prometheus to DNS pods', base, PROMETHEUS, DNS_POD, 53],
    ['Prometheus to the API', base, PROMETHEUS, API, 9464],
    ['Prometheus to the admin servers', base, PROMETHEUS, ADMIN, 9464],
    ['Prometheus to the Kubernetes API', base, PROMETHEUS, KUBERNETES_SERVICE, 443],
    ['the adapter to Prometheus', base, ADAPTER, PROMETHEUS, 9090],
    ['the admin servers to Prometheus', base, ADMIN, PROMETHEUS, 9090],
    ['the admin servers to Prometheus beside KEDA', keda, ADMIN, PROMETHEUS, 9090],
    ['the control plane to the adapter', base, CONTROL_PLANE, ADAPTER, 6443],
    ['the adapter to the control plane', base, ADAPTER, CONTROL_PLANE, 443],
    ['the floor release to the Kubernetes API', base, RELEASE, KUBERNETES_SERVICE, 443],
    ['the VPA to the Kubernetes API', base, RECOMMENDER, KUBERNETES_SERVICE, 443],
    ['the VPA to the control plane', vpaActs, UPDATER, CONTROL_PLANE, 443],
    ["the control plane to the VPA's webhook", vpaActs, CONTROL_PLANE, ADMISSION, 8443],
    ['the ALB to NGINX', nginx, ALB, NGINX, 8080],
    ['NGINX to the API', nginx, NGINX, API, 8080],
    ['pods of the cluster to NGINX over HTTPS', nginx, STRANGER, NGINX, 8443],
    ['the ALB to the API beside NGINX, for the switch', nginx, ALB, API, 8080],
    ['the API to the database beside PgBouncer, for the switch', pgbouncer, API, DATABASE, 5432],
    ['the API to PgBouncer', pgbouncer, API, PGBOUNCER, 6432],
    ['the admin servers to PgBouncer', pgbouncer, ADMIN, PGBOUNCER, 6432],
    ['PgBouncer to the database', pgbouncer, PGBOUNCER, DATABASE, 5432],
    ["Prometheus to PgBouncer's exporter", pgbouncer, PROMETHEUS, PGBOUNCER, 9127],
    ['KEDA to Prometheus', keda, foreign('keda', { app: 'keda-operator' }), PROMETHEUS, 9090],
  ])('allow %s', (_, config, from, to, port) => expect(connects(config, from, to, port)).toBe(true));

  it.each<[what: string, config: ResolvedConfig, from: Endpoint, to: Endpoint, port: number]>([
    ['a pod of another namespace to the API', base, STRANGER, API, 8080],
    ['another pod of the namespace to the API', base, SPY, API, 8080],
    ['anything to a metrics agent that is not there', blind, API, NODE, 25888],
    ['Prometheus to the metrics agent', base, PROMETHEUS, NODE, 25888],
    ['another pod of the namespace to anything', base, SPY, INTERNET, 443],
    ["the ALB to the API's metrics", base, ALB, API, 9464],
    ['the public ALB in the private subnets', base, INTERNAL_ALB, API, 8080],
    ['the internet to the API', base, INTERNET, API, 8080],
    ['the API to the instance metadata', base, API, METADATA_SERVICE, 80],
    ['the API to plain HTTP anywhere', base, API, INTERNET, 80],
    ['the API to the instance metadata beside a provider without TLS', ownModels, API, METADATA_SERVICE, 80],
    ['the API to a port of no provider', base, API, INTERNET, 8443],
    ['the admin servers to a provider on a port of its own', ownModels, ADMIN, INTERNET, 8443],
    ['the API to Prometheus', base, API, PROMETHEUS, 9090],
    ['the API to the admin servers', base, API, ADMIN, 8080],
    ['the admin servers to the API', base, ADMIN, API, 8080],
    ["the API to the adapter's API", base, API, ADAPTER, 6443],
    ['PgBouncer to the internet', pgbouncer, PGBOUNCER, INTERNET, 443],
    ['PgBouncer to the cache', pgbouncer, PGBOUNCER, DATABASE, 6379],
    ['NGINX to the database', nginx, NGINX, DATABASE, 5432],
    ['NGINX to the internet', nginx, NGINX, INTERNET, 443],
    ['Prometheus to the internet', base, PROMETHEUS, INTERNET, 443],
    ['Prometheus to the API proper', base, PROMETHEUS, API, 8080],
    ["another pod of the namespace to the VPA's webhook", vpaActs, SPY, ADMISSION, 8443],
    ["the control plane to a VPA's webhook that is not there", base, CONTROL_PLANE, ADMISSION, 8443],
    ['the control plane to the recommender', vpaActs, CONTROL_PLANE, RECOMMENDER, 8942],
    ['the VPA to the internet', vpaActs, UPDATER, INTERNET, 443],
    ['the VPA to the database', vpaActs, RECOMMENDER, DATABASE, 5432],
    ['the floor release to the internet', base, RELEASE, INTERNET, 443],
    [
      'another pod of the keda namespace to Prometheus',
      keda,
      foreign('keda', { app: 'x' }),
      PROMETHEUS,
      9090,
    ],
    [
      "a pod of another namespace with KEDA's label",
      keda,
      foreign('x', { app: 'keda-operator' }),
      PROMETHEUS,
      9090,
    ],
    [
      'a pod of another namespace that calls itself DNS',
      base,
      API,
      foreign('x', { 'k8s-app': 'kube-dns' }),
      53,
    ],
  ])('deny %s', (_, config, from, to, port) => expect(connects(config, from, to, port)).toBe(false));

  it('let pods ask DNS over UDP too', () => {
    expect(allows(renderManifests(base).manifests, API, DNS_SERVICE, 53, 'UDP')).toBe(true);
  });

  it('let in the Prometheus that is there already, by the namespace of its URL', () => {
    const config = testConfig({ metrics: { prometheusUrl: 'http://prometheus.monitoring.svc:9090' } });
    expect(connects(config, foreign('monitoring'), API, 9464)).toBe(true);
    expect(connects(config, foreign('default'), API, 9464)).toBe(false);
    expect(connects(config, ADAPTER, foreign('monitoring'), 9090)).toBe(true);
    expect(connects(config, ADAPTER, INTERNET, 9090)).toBe(false);
  });

  it('allow the adapter to reach a Prometheus outside the cluster at the port of its URL, and no pod to scrape', () => {
    const config = testConfig({ metrics: { prometheusUrl: 'http://prometheus.example.com' } });
    expect(connects(config, ADAPTER, INTERNET, 80)).toBe(true);
    expect(connects(config, ADAPTER, INTERNET, 9090)).toBe(false);
    expect(connects(config, STRANGER, API, 9464)).toBe(false);
  });

  it('let the namespace scrape that is named for a provider of its own', () => {
    const config = testConfig({ metrics: { provider: 'existing', scraperNamespace: 'monitoring' } });
    expect(connects(config, foreign('monitoring'), API, 9464)).toBe(true);
    expect(connects(config, foreign('default'), API, 9464)).toBe(false);
  });

  it("lead NGINX to the servers that are configured, and not to the API's pods", () => {
    const config = testConfig({
      nginx: {
        enabled: true,
        tlsSecretName: 'api-tls',
        servers: [
          { address: '10.9.1.10:8080', weight: 3, backup: false },
          { address: 'vm.example.com:8081', weight: 1, backup: true },
        ],
      },
    });
    expect(connects(config, NGINX, { address: '10.9.1.10' }, 8080)).toBe(true);
    expect(connects(config, NGINX, { address: '10.9.1.11' }, 8080)).toBe(false);
    expect(connects(config, NGINX, { address: '10.9.1.11' }, 8081)).toBe(true);
    expect(connects(config, NGINX, API, 8080)).toBe(false);
  });

  it("admit an existing cluster's control plane from anywhere in the VPC", () => {
    const existing = testConfig({
      metrics: { provider: 'prometheus-adapter' },
      cluster: {
        existing: {
          ...EXISTING_CLUSTER,
          serviceCidr: '10.100.0.0/16',
        },
      },
    });
    expect(connects(existing, ALB, ADAPTER, 6443)).toBe(true);
    expect(connects(base, ALB, ADAPTER, 6443)).toBe(false);
    expect(connects(existing, API, { address: '10.100.0.10' }, 53)).toBe(true);
    expect(connects(existing, API, DNS_SERVICE, 53)).toBe(false);
  });

  it('deny both directions by default', () => {
    const { spec } = documentOf(renderManifests(base).manifests, 'NetworkPolicy', 'default-deny');
    expect(spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  it('would let everybody in if the selectors of one peer were two peers', () => {
    const { manifests } = renderManifests(keda);
    const split = structuredClone(manifests) as AnyDocument;
    const { ingress } = documentOf(split, 'NetworkPolicy', 'llm-cost-ops-prometheus').spec;
    const [{ namespaceSelector, podSelector }] = ingress[0].from;
    ingress[0].from = [{ namespaceSelector }, { podSelector }];
    const stranger = foreign('keda', { app: 'x' });
    expect(allows(split, stranger, PROMETHEUS, 9090)).toBe(true);
    expect(allows(manifests, stranger, PROMETHEUS, 9090)).toBe(false);
  });
});

test('enforcement is switched on in clusters of the Cluster stack, and left alone in others', () => {
  const has = (config: Parameters<typeof testConfig>[0]) =>
    renderManifests(testConfig(config)).manifests.some(
      ({ document: { kind, metadata } }) => kind === 'ConfigMap' && metadata?.name === 'amazon-vpc-cni',
    );
  expect(has({})).toBe(true);
  expect(has({ metrics: { scraperNamespace: 'monitoring' }, cluster: { existing: EXISTING_CLUSTER } })).toBe(
    false,
  );
});

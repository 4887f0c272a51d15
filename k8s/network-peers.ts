import type { ResolvedConfig } from '../lib/config/environment-config';
import { addressInCidr, subnetCidrs } from '../lib/config/subnets';
import { type ComponentName, selectorOf } from './components';
import type { Peer } from './constructs/network-policy';

/** Link-local addresses: instance metadata and agents on the node. */
const LINK_LOCAL_CIDR = '169.254.0.0/16';

/** Agent of EKS Pod Identity on the node. */
export const POD_IDENTITY_AGENT: Peer = cidrPeer('169.254.170.23/32');
/** TCP port of that agent. */
export const POD_IDENTITY_AGENT_PORT = 80;

/** Every address except the link-local ones of the node. */
export const ANYWHERE: Peer = { ipBlock: { cidr: '0.0.0.0/0', except: [LINK_LOCAL_CIDR] } };

/** Pods of any namespace. */
export const ANY_POD: Peer = { namespaceSelector: {} };

/** Address of the Kubernetes API's Service, counted from the start of the Services' range. */
const KUBERNETES_SERVICE_INDEX = 1;
/** The same for EKS's DNS. */
const DNS_SERVICE_INDEX = 10;

/** Address of NodeLocal DNSCache on every node. */
const NODE_LOCAL_DNS = '169.254.20.10/32';

/** Pods of a component, in the policy's own namespace. */
export function podsOf(component: ComponentName): Peer {
  return { podSelector: { matchLabels: { ...selectorOf(component) } } };
}

/** Pods of another namespace; all of them, or those with the labels. */
export function podsIn(namespace: string, labels?: Readonly<Record<string, string>>): Peer {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    ...(labels && { podSelector: { matchLabels: { ...labels } } }),
  };
}

/** Cluster DNS: its pods, its Service's address (EKS Auto Mode runs it on the node, without pods), a node's cache. */
export function dnsPeers({ cluster }: ResolvedConfig): Peer[] {
  return [
    podsIn('kube-system', { 'k8s-app': 'kube-dns' }),
    cidrPeer(`${addressInCidr(cluster.serviceCidr, DNS_SERVICE_INDEX)}/32`),
    cidrPeer(NODE_LOCAL_DNS),
  ];
}

/** Kubernetes API as pods reach it: its Service, and its network interfaces in the VPC. */
export function kubernetesApiPeers(config: ResolvedConfig): Peer[] {
  const service = addressInCidr(config.cluster.serviceCidr, KUBERNETES_SERVICE_INDEX);
  return [cidrPeer(`${service}/32`), ...controlPlanePeers(config)];
}

/** CloudWatch agents on the nodes, which have their node's address, and the Service in front of them. */
export function metricsAgentPeers(config: ResolvedConfig): Peer[] {
  return [cidrPeer(config.cluster.serviceCidr), ...controlPlanePeers(config)];
}

/** Network interfaces of the control plane. An existing cluster's may be in any subnet of the VPC. */
export function controlPlanePeers({ cluster, network }: ResolvedConfig): Peer[] {
  return cluster.kind === 'managed'
    ? subnetCidrs(network.cidr).private.map(cidrPeer)
    : [cidrPeer(network.cidr)];
}

/**
 * Address ranges of the load balancer's subnets. An internal load balancer shares them with pods, which could send
 * forged headers, and with CloudFront's VPC origin, whose address is in `X-Forwarded-For` between client and load
 * balancer.
 */
export function loadBalancerCidrs({ network, loadBalancer }: ResolvedConfig): readonly string[] {
  const subnets = subnetCidrs(network.cidr);
  return loadBalancer.exposure === 'public' ? subnets.public : subnets.private;
}

/** Addresses of the load balancer. */
export function loadBalancerPeers(config: ResolvedConfig): Peer[] {
  return loadBalancerCidrs(config).map(cidrPeer);
}

/** Subnets of the database, its proxy and the cache. */
export function dataPeers({ network }: ResolvedConfig): Peer[] {
  return subnetCidrs(network.cidr).isolated.map(cidrPeer);
}

/** A range of addresses. */
export function cidrPeer(cidr: string): Peer {
  return { ipBlock: { cidr } };
}

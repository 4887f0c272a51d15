import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer';

/** Pods or addresses. All conditions of one peer must hold; several peers are alternatives. */
export type Peer = INetworkPolicyPeer;

/** Traffic between the policy's pods and any of the peers on any of the ports. */
export interface TrafficRule {
  /** Other side of the connection; any of these. */
  readonly peers: readonly Peer[];
  /** Ports of the receiving side (a pod's, not a Service's). Empty: all ports. */
  readonly ports: readonly number[];
  /** Protocols of every port. @default ['TCP'] */
  readonly protocols?: readonly ('TCP' | 'UDP')[];
}

export interface NetworkPolicyProps {
  /** `metadata.name`. */
  readonly name: string;
  /** Labels of the pods that the policy applies to; empty selects every pod of the namespace. */
  readonly selector: Readonly<Record<string, string>>;
  /** Allowed connections to the pods. @default - none */
  readonly ingress?: readonly TrafficRule[];
  /** Allowed connections from the pods. @default - none */
  readonly egress?: readonly TrafficRule[];
}

/** NetworkPolicy for both directions. It denies traffic that no rule of any policy on the same pods allows. */
export class NetworkPolicy extends Construct {
  constructor(scope: Construct, id: string, props: NetworkPolicyProps) {
    super(scope, id);
    const { ingress = [], egress = [] } = props;
    new ApiObject(this, 'Resource', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: props.name },
      spec: {
        podSelector: {
          ...(Object.keys(props.selector).length > 0 && { matchLabels: { ...props.selector } }),
        },
        policyTypes: ['Ingress', 'Egress'],
        ...(ingress.length > 0 && {
          ingress: ingress.map((rule) => ({ from: [...rule.peers], ...portsOf(rule) })),
        }),
        ...(egress.length > 0 && {
          egress: egress.map((rule) => ({ to: [...rule.peers], ...portsOf(rule) })),
        }),
      },
    });
  }
}

function portsOf({ ports, protocols = ['TCP'] }: TrafficRule) {
  if (ports.length === 0) return {};
  return { ports: ports.flatMap((port) => protocols.map((protocol) => ({ protocol, port }))) };
}

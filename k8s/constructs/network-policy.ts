import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer';

/** Pods or addresses. Conditions inside one peer all have to hold; several peers are alternatives. */
export type Peer = INetworkPolicyPeer;

/** Traffic between the policy's pods and any of the peers on any of the ports. */
export interface TrafficRule {
  readonly peers: readonly Peer[];
  /** Ports of the receiving side (a pod's, not a Service's). Empty: all ports. */
  readonly ports: readonly number[];
  /** @default ['TCP'] */
  readonly protocols?: readonly ('TCP' | 'UDP')[];
}

export interface NetworkPolicyProps {
  readonly name: string;
  /** Labels of the pods it is about; empty means every pod of the namespace. */
  readonly selector: Readonly<Record<string, string>>;
  /** Who may come in. @default - nobody */
  readonly ingress?: readonly TrafficRule[];
  /** Where they may go. @default - nowhere */
  readonly egress?: readonly TrafficRule[];
}

/** NetworkPolicy of both directions: what no rule of it, or of another policy on the same pods, allows is denied. */
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

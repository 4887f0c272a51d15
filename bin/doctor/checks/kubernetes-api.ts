import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { cidrsOverlap } from '../../../lib/config/subnets';
import type { AccountCheck } from '../context';
import { type Answer, isAbsent, later, ok, problem } from '../finding';

const HTTPS_PORT = 443;

/** The way from this machine to the Kubernetes API, over which the manifests are applied. */
export const kubernetesApi: AccountCheck = {
  name: 'kubernetes-api',
  run: async ({ address, aws, config, surroundings }) => {
    const { kind, name: target, publicAccessCidrs } = config.cluster;
    const admitted = kind === 'managed' ? admissionAnswers(publicAccessCidrs, address) : [];
    const call = { action: 'eks:DescribeCluster', region: config.region, target };
    try {
      const { cluster } = await aws.call(EKSClient, call, (client, abortSignal) =>
        client.send(new DescribeClusterCommand({ name: target }), { abortSignal }),
      );
      if (cluster?.endpoint === undefined) return admitted;
      const { hostname, port } = new URL(cluster.endpoint);
      const error = await surroundings.connect(hostname, Number(port) || HTTPS_PORT).then(
        () => undefined,
        (reason: Error) => reason,
      );
      return [...admitted, connectionAnswer(hostname, error)];
    } catch (error) {
      if (isAbsent(error)) return admitted;
      throw error;
    }
  },
};

/** @param address from which people will connect; undefined: nobody asked */
export function admissionAnswers(cidrs: readonly string[], address: string | undefined): Answer[] {
  if (cidrs.length === 0) {
    return [
      later(
        'the Kubernetes API is private: only the VPC reaches it',
        'apply the manifests from inside the VPC, or set cluster.publicAccessCidrs to your address',
      ),
    ];
  }
  const range = cidrs.join(', ');
  if (address === undefined) return [ok(`the Kubernetes API admits ${range} (--address <ip> checks yours)`)];
  return cidrs.some((cidr) => cidrsOverlap(cidr, `${address}/32`))
    ? [ok(`the Kubernetes API admits ${address}`)]
    : [
        problem(
          `the Kubernetes API will not admit ${address}, only ${range}`,
          `add '${address}/32' to cluster.publicAccessCidrs`,
        ),
      ];
}

export function connectionAnswer(host: string, error: Error | undefined): Answer {
  if (error === undefined) return ok(`${host} accepts connections`);
  return problem(
    `${host} cannot be reached from this machine: ${error.message}`,
    'connect from an address in cluster.publicAccessCidrs, or from inside the VPC; check proxy and VPN',
  );
}

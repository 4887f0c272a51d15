import type { Assumptions } from '../assumptions';
import { always, HOURS_PER_MONTH, type ItemParts, type PerScenario, perScenario } from '../item';
import type { Usage } from '../usage';
import type { InstanceType } from './instance-types';
import { nodesFor } from './nodes';
import type { ScalingBounds } from './scaling-bounds';
import type { Workload } from './workloads';

export interface NodeItemsInput {
  /** Pods that run on the nodes, by workload. */
  readonly workloads: readonly Workload[];
  /** Limits of every Deployment that an autoscaler scales. */
  readonly bounds: readonly ScalingBounds[];
  /** Name of the API’s Deployment, whose replicas are in the usage. */
  readonly api: string;
  /** Replicas and requests of the API. */
  readonly usage: PerScenario<Usage>;
  /** EC2 type of the nodes. */
  readonly instance: InstanceType;
  /** Values for what no manifest says, such as how densely pods are packed. */
  readonly assumptions: Assumptions;
}

/** Nodes of a cluster: those without the API's pods, and those that its replicas add. */
export interface NodeCounts {
  /** Nodes that the cluster has without pods of the API. */
  readonly fixed: number;
  /** All nodes. */
  readonly total: PerScenario;
  /** Pods of all workloads. */
  readonly pods: PerScenario;
}

export function nodeCounts(input: NodeItemsInput): NodeCounts {
  const others = input.workloads.filter(({ name }) => name !== input.api);
  const workloads = perScenario((scenario) =>
    input.workloads.map((workload) => ({
      ...workload,
      replicas: replicasOf(workload, input, scenario === 'peak', input.usage[scenario].replicas),
    })),
  );
  return {
    fixed: nodesFor(others, input.instance, input.assumptions),
    total: perScenario((scenario) => nodesFor(workloads[scenario], input.instance, input.assumptions)),
    pods: perScenario((scenario) => workloads[scenario].reduce((sum, { replicas }) => sum + replicas, 0)),
  };
}

/** Whatever else is scaled is at its least, but at its most at the peak. */
function replicasOf(workload: Workload, input: NodeItemsInput, isPeak: boolean, apiReplicas: number): number {
  if (workload.name === input.api) return apiReplicas;
  const bounds = input.bounds.find(({ deployment }) => deployment === workload.name);
  if (!bounds) return workload.replicas;
  return isPeak ? bounds.maxReplicas : bounds.minReplicas;
}

/** @param isAutoMode whether AWS runs the nodes, for a fee on top */
export function nodeItems(counts: NodeCounts, input: NodeItemsInput, isAutoMode: boolean): ItemParts[] {
  const { fixed, total } = counts;
  const type = input.instance.name;
  const drivers = [
    { driver: 'fixed', nodes: always(fixed), note: 'nodes without pods of the API' },
    {
      driver: 'per-replica',
      nodes: perScenario((scenario) => Math.max(0, total[scenario] - fixed)),
      note: 'nodes for pods of the API',
    },
  ] as const;
  return drivers.flatMap(({ driver, nodes, note }) => {
    const times = (factor: number) => perScenario((scenario) => nodes[scenario] * factor);
    const shared = { resource: type, driver, note };
    return [
      { ...shared, service: `EC2 ${type}`, priceKey: `ec2.${type}.hour`, quantity: times(HOURS_PER_MONTH) },
      ...(isAutoMode
        ? [
            {
              ...shared,
              service: 'EKS Auto Mode',
              priceKey: `eks.auto-mode.${type}.hour`,
              quantity: times(HOURS_PER_MONTH),
            },
          ]
        : []),
      {
        ...shared,
        service: 'Disks of nodes',
        priceKey: 'ebs.gp3.gb-month',
        quantity: times(input.assumptions['node-disk-gigabytes']),
      },
    ];
  });
}

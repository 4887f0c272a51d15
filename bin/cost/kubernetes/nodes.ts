import type { Assumptions } from '../assumptions';
import { allocatableOf, type InstanceType } from './instance-types';
import type { Workload } from './workloads';

/** Every environment has three. */
const ZONES = 3;

/**
 * Nodes that pods need: by CPU, by memory, by number, and by the spread over hosts and zones that they ask for.
 * @param workloads with the replicas of the moment
 */
export function nodesFor(
  workloads: readonly Workload[],
  instance: InstanceType,
  assumptions: Assumptions,
): number {
  const allocatable = allocatableOf(instance);
  const usable = assumptions['packing-percent'] / 100;
  const cpu = (allocatable.cpuMillis - assumptions['node-agents-millicores']) * usable;
  const memory = (allocatable.memoryMib - assumptions['node-agents-mebibytes']) * usable;
  const total = (of: (workload: Workload) => number) =>
    workloads.reduce((sum, workload) => sum + of(workload) * workload.replicas, 0);
  const spread = assumptions['spread-required'] === 0 ? [] : workloads.flatMap(leastNodes);
  return Math.ceil(
    Math.max(
      total(({ cpuMillis }) => cpuMillis) / cpu,
      total(({ memoryMib }) => memoryMib) / memory,
      total(() => 1) / (instance.maxPods * usable),
      ...spread,
    ),
  );
}

/** Nodes that one workload's spread asks for. */
function leastNodes({ overZones, podsPerHost, replicas }: Workload): number[] {
  return [podsPerHost === null ? 0 : replicas / podsPerHost, overZones ? Math.min(replicas, ZONES) : 0];
}

import { clientConnections } from '../../lib/config/connection-budget';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { cpuMillis, memoryMib } from '../../lib/config/quantities';
import { peakReplicas } from '../../lib/config/replicas';
import { cacheCapacity, cacheConnections, cacheNeeds, NODE_CONNECTIONS } from './formulas/cache-size';
import { classCapacity, databaseNeeds } from './formulas/database-size';
import { partitions, REFRESH_LIMIT_SECONDS } from './formulas/partitions';
import { CORE_MILLIS } from './formulas/pod-size';
import { baselineIops, storageSize } from './formulas/storage-size';
import type { LoadShape } from './load-shape';
import { callsUnderWay, type RequestCost } from './request-cost';

/** How much of a resource the traffic takes. */
export interface Utilisation {
  readonly resource: string;
  readonly used: number;
  /** What may be used: with the share taken off that the objectives keep free. */
  readonly available: number;
  readonly unit: string;
  /** Share of what may be used; above 1 it is too little. */
  readonly share: number;
  /** The knob that gives more. */
  readonly knob: string;
  /** Whether it grows with the load, so that it can end the peak; otherwise it fills up over months. */
  readonly atPeak: boolean;
}

/** What the traffic takes of each resource of a configuration, in the order of a request's way. */
export function utilisations(config: ResolvedConfig, shape: LoadShape, cost: RequestCost): Utilisation[] {
  return [
    ...podUse(config, shape, cost),
    ...databaseUse(config, shape, cost),
    ...cacheUse(config, shape, cost),
  ];
}

/** The resource that ends first when the load grows. */
export function bottleneck(uses: readonly Utilisation[]): Utilisation {
  const [first, ...rest] = uses.filter(({ atPeak }) => atPeak);
  return rest.reduce((most, next) => (next.share > most.share ? next : most), first as Utilisation);
}

/** Load at which the bottleneck is used up, requests per second. */
export function mostLoad(uses: readonly Utilisation[], { peak }: Pick<LoadShape, 'peak'>): number {
  return peak / bottleneck(uses).share;
}

function use(
  resource: string,
  [used, available, unit]: readonly [used: number, available: number, unit: string],
  knob: string,
  atPeak = true,
): Utilisation {
  return { resource, used, available, unit, share: used / available, knob, atPeak };
}

function podUse(
  { autoscaling: { hpa }, workload, gateway, objectives }: ResolvedConfig,
  { peak }: LoadShape,
  cost: RequestCost,
): Utilisation[] {
  const { maxReplicas, requestsPerSecond } = hpa;
  const calls = callsUnderWay(peak, cost);
  const cpu = maxReplicas * Math.min(CORE_MILLIS, cpuMillis(workload.cpuRequest));
  const memory = (memoryMib(workload.memoryLimit) * objectives.memoryPercent) / 100;
  const inPod = cost['memory-mib'] + ((calls / maxReplicas) * cost['call-kib']) / 1024;
  const pods = 'autoscaling.hpa.maxReplicas';
  return [
    use('CPU of pods', [peak * cost['cpu-ms'], (cpu * objectives.cpuPercent) / 100, 'millicores'], pods),
    ...(requestsPerSecond === null
      ? []
      : [use('rate of pods (HPA)', [peak, maxReplicas * requestsPerSecond, 'requests/s'], pods)]),
    use('connections to providers', [calls, maxReplicas * gateway.maxConnections, 'calls'], pods),
    use('memory of a pod', [inPod, memory, 'MiB'], 'workload.memoryLimit'),
  ];
}

function databaseUse(config: ResolvedConfig, shape: LoadShape, cost: RequestCost): Utilisation[] {
  const { database, objectives } = config;
  const capacity = classCapacity(database.instanceClass);
  const needs = databaseNeeds(shape, cost, {
    connections: database.maxConnections,
    cpuPercent: objectives.cpuPercent,
  });
  const storage = storageSize(config, shape, cost);
  const clients = clientConnections(config);
  const months = partitions(shape, cost, database.requestRetentionMonths);
  const size = 'database.instanceClass';
  return [
    use('CPU of the database', [needs.vcpus, capacity.vcpus, 'vCPU'], size),
    use('memory of the database', [needs.memoryGib, capacity.memoryGib, 'GiB'], size, false),
    use(
      'disk operations',
      [storage.iops, baselineIops(database.allocatedStorageGib), 'a second'],
      'database.allocatedStorageGib',
    ),
    use(
      'storage after the retention',
      [storage.needs.leastGib, database.maxAllocatedStorageGib, 'GiB'],
      'database.maxAllocatedStorageGib',
      false,
    ),
    use(
      'client connections at full scale',
      [clients.total, database.maxClientConnections, 'connections'],
      'database.maxClientConnections',
      false,
    ),
    use(
      'refresh of the summary by user',
      [months.refreshSeconds, REFRESH_LIMIT_SECONDS, 's'],
      'database.requestRetentionMonths',
      false,
    ),
  ];
}

function cacheUse(
  { cache, gateway, autoscaling, admin }: ResolvedConfig,
  shape: LoadShape,
  cost: RequestCost,
): Utilisation[] {
  const needs = cacheNeeds(shape, cost, gateway.cacheTtlSeconds);
  const capacity = cacheCapacity(cache);
  const pods = peakReplicas(autoscaling.hpa.maxReplicas) + peakReplicas(admin.replicas);
  return [
    // A full cache evicts: fewer hits, but no end of the peak.
    use('memory of the cache', [needs.workingSetGib, capacity.workingSetGib, 'GiB'], 'cache.nodeType', false),
    use('commands of the cache', [needs.commands, capacity.commands, 'a second'], 'cache.shards'),
    use(
      'connections of a cache node',
      [cacheConnections(pods), NODE_CONNECTIONS, 'connections'],
      'cache.shards',
      false,
    ),
  ];
}

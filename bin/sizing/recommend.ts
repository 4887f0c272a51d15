import type { LoadSample } from '../../lambda/predictive-scaler/types';
import { clientConnections, replicaConnections } from '../../lib/config/connection-budget';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { cpuMillis, memoryMib } from '../../lib/config/quantities';
import { type CacheNeeds, type CacheSize, cacheNeeds, chooseCache } from './formulas/cache-size';
import { chooseClass, type DatabaseNeeds, databaseNeeds } from './formulas/database-size';
import { type Partitions, partitions } from './formulas/partitions';
import { type PodCapacity, type PodLimits, type PodSize, podCapacity, podSize } from './formulas/pod-size';
import { ceilTo } from './formulas/rounding';
import { type StorageSize, storageSize } from './formulas/storage-size';
import type { LoadShape } from './load-shape';
import type { VpaRecommendation } from './read-vpa';
import type { RequestCost } from './request-cost';
import { type HpaSize, sizeHpa } from './size-hpa';

/** Fewest replicas by stage: one in each zone in production, no gap while one is replaced in staging. */
const LEAST_REPLICAS = { production: 3, staging: 2, development: 1 } as const;

/** Connections for pods that still drain and for people, percent: the configured budgets have about as many. */
const SPARE_PERCENT = 4;
const CONNECTIONS_STEP = 50;
const LEAST_CONNECTIONS = 100;

/** Connections that RDS reserves for itself. */
const RESERVED_CONNECTIONS = 5;

/** Where no metric of the HPA says otherwise, as in the seed. */
const USUAL_TARGET = 70;

export interface SizingInput {
  readonly config: ResolvedConfig;
  /** Sorted by time, requests per second. */
  readonly samples: readonly LoadSample[];
  readonly shape: LoadShape;
  readonly growth: number;
  readonly cost: RequestCost;
  /** What the cluster's VPA recommends. @default - it was not asked, or has no recommendation */
  readonly vpa?: VpaRecommendation | undefined;
}

/** Sizes for the traffic. */
export interface Sizing {
  readonly pod: PodSize;
  /** What a pod of that size serves. */
  readonly capacity: PodCapacity;
  readonly hpa: HpaSize;
  /** Target of the HPA, requests per second of a pod. */
  readonly requestsPerSecond: number;
  readonly database: {
    readonly instanceClass: string;
    readonly needs: DatabaseNeeds;
    /** Pools of all pods during a roll-out, with spare ones. */
    readonly clientConnections: number;
    readonly serverConnections: number;
  };
  readonly storage: StorageSize;
  readonly partitions: Partitions;
  readonly cache: CacheSize & { readonly needs: CacheNeeds };
}

/** Pure: same input, same sizes. */
export function recommendSizes(input: SizingInput): Sizing {
  const { config, shape, cost } = input;
  const limits = podLimits(config);
  const pod = withVpa(podSize(shape.peak, cost, limits), limits, input.vpa);
  const capacity = podCapacity(pod, cost);
  const { hpa, requestsPerSecond } = hpaFor(input, capacity);
  // A higher maximum stays: it costs nothing until traffic needs it.
  const most = Math.max(hpa.maxReplicas, config.autoscaling.hpa.maxReplicas);
  const connections = connectionsFor(config, most);
  const serverConnections = Math.max(connections.server, config.database.maxConnections);
  const needs = databaseNeeds(shape, cost, {
    connections: serverConnections,
    cpuPercent: config.objectives.cpuPercent,
  });
  const ofCache = cacheNeeds(shape, cost, config.gateway.cacheTtlSeconds);
  return {
    pod,
    capacity,
    hpa,
    requestsPerSecond,
    database: {
      instanceClass: chooseClass(config.database.instanceClass, needs),
      needs,
      clientConnections: connections.client,
      serverConnections,
    },
    storage: storageSize(config, shape, cost),
    partitions: partitions(shape, cost, config.database.requestRetentionMonths),
    cache: { ...chooseCache(config.cache, ofCache), needs: ofCache },
  };
}

function podLimits({ autoscaling: { hpa, vpa }, gateway, objectives }: ResolvedConfig): PodLimits {
  return {
    cpuPercent: Math.min(hpa.cpuUtilizationPercent ?? USUAL_TARGET, objectives.cpuPercent),
    memoryPercent: hpa.memoryUtilizationPercent ?? objectives.memoryPercent,
    leastCpuMillis: cpuMillis(vpa.minCpu),
    mostCpuMillis: cpuMillis(vpa.maxCpu),
    leastMemoryMib: memoryMib(vpa.minMemory),
    mostMemoryMib: memoryMib(vpa.maxMemory),
    configuredCalls: gateway.maxConnections,
  };
}

/** What was measured in the cluster counts where it is more, within the bounds that are configured now. */
function withVpa(pod: PodSize, limits: PodLimits, vpa: VpaRecommendation | undefined): PodSize {
  if (vpa === undefined) return pod;
  const cpuRequestMillis = Math.max(pod.cpuRequestMillis, Math.min(vpa.cpuMillis, limits.mostCpuMillis));
  const memoryRequestMib = Math.max(pod.memoryRequestMib, Math.min(vpa.memoryMib, limits.mostMemoryMib));
  return {
    ...pod,
    cpuRequestMillis,
    cpuLimitMillis: Math.max(pod.cpuLimitMillis, cpuRequestMillis),
    memoryRequestMib,
    memoryLimitMib: Math.max(pod.memoryLimitMib, memoryRequestMib),
  };
}

/** Every metric of the HPA must be able to act before the pod is full, and the objective must be within reach. */
function hpaFor({ config, samples, shape, growth }: SizingInput, { requestsPerSecond: most }: PodCapacity) {
  const { hpa: current } = config.autoscaling;
  const given = {
    minReplicas: current.minReplicas,
    maxReplicas: current.maxReplicas,
    target: Math.min(1, (current.requestsPerSecond ?? (most * USUAL_TARGET) / 100) / most),
  };
  const highest = Math.min(
    current.cpuUtilizationPercent ?? USUAL_TARGET,
    current.gatewaySlotsPercent ?? USUAL_TARGET,
    config.objectives.cpuPercent,
  );
  const hpa = sizeHpa({
    samples,
    stepMinutes: shape.stepMinutes,
    growth,
    capacity: most,
    given,
    highestTarget: highest / 100,
    leastReplicas: LEAST_REPLICAS[config.stage],
  });
  const requestsPerSecond = Math.max(1, Math.floor(hpa.target * most));
  const promised = Math.ceil(config.objectives.requestsPerSecond / requestsPerSecond);
  return { requestsPerSecond, hpa: { ...hpa, maxReplicas: Math.max(hpa.maxReplicas, promised) } };
}

/** The pools of all replicas; half of them as server connections, because the pooler shares those. */
function connectionsFor(config: ResolvedConfig, maxReplicas: number) {
  const { autoscaling, database } = config;
  const scaled = { ...config, autoscaling: { ...autoscaling, hpa: { ...autoscaling.hpa, maxReplicas } } };
  const { total } = clientConnections(scaled);
  const client = ceilTo(CONNECTIONS_STEP, (total * (100 + SPARE_PERCENT)) / 100);
  const direct = database.readReplicas > 0 ? replicaConnections(scaled).total + RESERVED_CONNECTIONS : 0;
  return { client, server: Math.max(LEAST_CONNECTIONS, ceilTo(CONNECTIONS_STEP, client / 2), direct) };
}

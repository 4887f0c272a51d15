import { NODE_MEMORY } from '../../../service/contract';
import { callsUnderWay, missShare, type RequestCost } from '../request-cost';
import { ceilTo, clamp } from './rounding';

/** A process runs JavaScript on one core, however many the limit allows. */
export const CORE_MILLIS = 1000;

/** Pods that share the peak at least: one in each zone, so that the loss of one takes a third. */
const PODS_AT_PEAK = 3;

/** Most calls under way for which a pod's memory was measured: docs/service-figures.md, slow readers. */
export const MEASURED_CALLS = 1000;

/** Fewest connections to providers that a pod gets. */
const LEAST_CALLS = 16;

const CPU_STEP = 50;
const MEMORY_STEP = 64;
const CALLS_STEP = 8;

/** What the size of pods follows from beside the load. */
export interface PodLimits {
  /** Share of the CPU request at which the HPA adds pods, percent. */
  readonly cpuPercent: number;
  /** Share of the memory request, percent. */
  readonly memoryPercent: number;
  /** Bounds of the VPA, millicores and MiB. */
  readonly leastCpuMillis: number;
  readonly mostCpuMillis: number;
  readonly leastMemoryMib: number;
  readonly mostMemoryMib: number;
  /** Calls under way that a pod is configured for; they are not lowered, because a higher limit costs nothing. */
  readonly configuredCalls: number;
}

export interface PodSize {
  readonly cpuRequestMillis: number;
  readonly cpuLimitMillis: number;
  readonly memoryRequestMib: number;
  readonly memoryLimitMib: number;
  /** Most calls under way to one provider (`gateway.maxConnections`). */
  readonly maxCalls: number;
}

/** What a pod can serve, and the resource that ends first. */
export interface PodCapacity {
  readonly requestsPerSecond: number;
  readonly bound: 'CPU' | 'calls under way' | 'memory';
}

/**
 * Requests so that three pods serve the peak at the HPA's target, within the VPA's bounds; connections by Little's law
 * for what the CPU request can serve; memory for the process and its calls under way.
 */
export function podSize(peak: number, cost: RequestCost, limits: PodLimits): PodSize {
  const wanted = (peak * cost['cpu-ms'] * 100) / limits.cpuPercent / PODS_AT_PEAK;
  const most = Math.min(CORE_MILLIS, limits.mostCpuMillis);
  const cpuRequestMillis = clamp(ceilTo(CPU_STEP, wanted), limits.leastCpuMillis, most);
  const atFullCpu = callsUnderWay(cpuRequestMillis / cost['cpu-ms'], cost);
  const needed = clamp(ceilTo(CALLS_STEP, atFullCpu), LEAST_CALLS, MEASURED_CALLS);
  const maxCalls = Math.max(needed, limits.configuredCalls);
  const callsMib = (Math.min(atFullCpu, maxCalls) * cost['call-kib']) / 1024;
  const resident = Math.max(cost['memory-mib'] + callsMib, NODE_MEMORY.resident);
  const memoryRequestMib = clamp(
    ceilTo(MEMORY_STEP, (resident * 100) / limits.memoryPercent),
    limits.leastMemoryMib,
    limits.mostMemoryMib,
  );
  return {
    cpuRequestMillis,
    cpuLimitMillis: Math.max(CORE_MILLIS, 2 * cpuRequestMillis),
    memoryRequestMib,
    memoryLimitMib: Math.max(
      ceilTo(MEMORY_STEP, Math.max(NODE_MEMORY.peak, cost['memory-mib']) + callsMib),
      2 * memoryRequestMib,
    ),
    maxCalls,
  };
}

/** What a pod serves when the first of its resources is used up. */
export function podCapacity(pod: PodSize, cost: RequestCost): PodCapacity {
  const perRequest = missShare(cost) * cost['llm-seconds'];
  const rate = (calls: number) => (perRequest > 0 ? calls / perRequest : Number.POSITIVE_INFINITY);
  const roomMib = Math.max(0, pod.memoryLimitMib - cost['memory-mib']);
  const callKib = cost['call-kib'];
  const bounds: readonly PodCapacity[] = [
    { bound: 'CPU', requestsPerSecond: Math.min(pod.cpuRequestMillis, CORE_MILLIS) / cost['cpu-ms'] },
    { bound: 'calls under way', requestsPerSecond: rate(pod.maxCalls) },
    {
      bound: 'memory',
      requestsPerSecond: callKib > 0 ? rate((roomMib * 1024) / callKib) : Number.POSITIVE_INFINITY,
    },
  ];
  return bounds.reduce((least, next) => (next.requestsPerSecond < least.requestsPerSecond ? next : least));
}

import { NODE_MEMORY } from '../../../service/contract';
import { imageRepository, PENDING_IMAGE_TAG } from '../names';
import { cpuMillis, memoryMib } from '../quantities';
import { minorOf } from './kubernetes-version';
import { type Rule, when } from './rule';

/** Kubernetes minor version from which a preStop hook can be `sleep`, which needs no shell in the image. */
const SLEEP_HOOK_MINOR = 30;

/** Requests and limits of the pods, their Kubernetes version, and that the replicas can meet the objectives. */
export const workloadRules: readonly Rule[] = [
  ...requestsWithinLimits('workload'),
  ...requestsWithinLimits('admin'),
  ...roomForNode('workload'),
  ...roomForNode('admin'),
  {
    reads: ['workload.image'],
    check: ({ environment, workload: { image } }) => {
      const { source, repository, tag, digest } = image;
      if (source !== 'built') return [];
      const own = imageRepository(environment, 'api');
      return [
        ...when(
          tag !== PENDING_IMAGE_TAG,
          'workload.image.tag',
          `must be left out with source 'built': it follows from the image's content, got ${tag}`,
        ),
        ...when(
          digest !== null,
          'workload.image.digest',
          `must be left out with source 'built': it is not known before the image is built, got ${digest}`,
        ),
        ...when(
          !repository.endsWith(`/${own}`),
          'workload.image.repository',
          `must be left out with source 'built': the image goes to ${own} of the environment's account, got ${repository}`,
        ),
      ];
    },
  },
  {
    reads: ['admin.image'],
    check: ({ admin: { image }, workload }) =>
      when(
        image.source === 'built' && workload.image.source !== 'built',
        'admin.image.source',
        "must be 'named', or left out: only workload.image is built, and the admin servers run it by default",
      ),
  },
  {
    reads: ['autoscaling.hpa.memoryUtilizationPercent', 'workload.memoryRequest'],
    check: ({ autoscaling: { hpa }, workload: { memoryRequest } }) => {
      const percent = hpa.memoryUtilizationPercent;
      if (percent === null) return [];
      const least = Math.ceil((NODE_MEMORY.resident * 100) / percent);
      return when(
        memoryMib(memoryRequest) < least,
        'workload.memoryRequest',
        `must be at least ${least}Mi (autoscaling.hpa.memoryUtilizationPercent, ${percent} %, of it must hold the ${NODE_MEMORY.resident} MiB of a process, or the HPA adds replicas without load), got ${memoryRequest}`,
      );
    },
  },
  {
    reads: ['autoscaling.vpa', 'workload.cpuRequest', 'workload.memoryRequest'],
    check: ({ autoscaling: { vpa }, workload }) => [
      ...when(
        outside(cpuMillis(workload.cpuRequest), cpuMillis(vpa.minCpu), cpuMillis(vpa.maxCpu)),
        'workload.cpuRequest',
        `must be within the VPA's bounds (${vpa.minCpu} to ${vpa.maxCpu}), got ${workload.cpuRequest}`,
      ),
      ...when(
        outside(memoryMib(workload.memoryRequest), memoryMib(vpa.minMemory), memoryMib(vpa.maxMemory)),
        'workload.memoryRequest',
        `must be within the VPA's bounds (${vpa.minMemory} to ${vpa.maxMemory}), got ${workload.memoryRequest}`,
      ),
    ],
  },
  {
    reads: ['cluster.version'],
    check: ({ cluster: { version } }) =>
      when(
        minorOf(version) < SLEEP_HOOK_MINOR,
        'cluster.version',
        `must be at least 1.${SLEEP_HOOK_MINOR} (the pods' preStop hook is sleep), got ${version}`,
      ),
  },
  {
    reads: ['autoscaling.hpa', 'objectives.requestsPerSecond'],
    check: ({ autoscaling: { hpa }, objectives }) => {
      if (hpa.requestsPerSecond === null) return [];
      const capacity = hpa.maxReplicas * hpa.requestsPerSecond;
      return when(
        objectives.requestsPerSecond > capacity,
        'objectives.requestsPerSecond',
        `must be at most autoscaling.hpa.maxReplicas x requestsPerSecond (${hpa.maxReplicas} x ${hpa.requestsPerSecond} = ${capacity}), got ${objectives.requestsPerSecond}`,
      );
    },
  },
  {
    reads: ['objectives'],
    check: ({
      objectives: { latencyP50Milliseconds: p50, latencyP95Milliseconds: p95, latencyP99Milliseconds: p99 },
    }) => [
      ...when(
        p50 > p95,
        'objectives.latencyP50Milliseconds',
        `must be at most latencyP95Milliseconds (${p95}), got ${p50}`,
      ),
      ...when(
        p95 > p99,
        'objectives.latencyP95Milliseconds',
        `must be at most latencyP99Milliseconds (${p99}), got ${p95}`,
      ),
    ],
  },
];

/** A process with a full heap and large bodies must stay below the container's limit; the kernel ends it otherwise. */
function roomForNode(section: 'workload' | 'admin'): Rule[] {
  return [
    {
      reads: [`${section}.memoryLimit`],
      check: ({ [section]: { memoryLimit } }) =>
        when(
          memoryMib(memoryLimit) < NODE_MEMORY.peak,
          `${section}.memoryLimit`,
          `must be at least ${NODE_MEMORY.peak}Mi (memory of a process with a full heap and large bodies), got ${memoryLimit}`,
        ),
    },
  ];
}

/** A container's request must not exceed its limit; the API server rejects such a pod. */
function requestsWithinLimits(section: 'workload' | 'admin'): Rule[] {
  return [
    {
      reads: [`${section}.cpuRequest`, `${section}.cpuLimit`],
      check: ({ [section]: { cpuRequest, cpuLimit } }) =>
        when(
          cpuMillis(cpuRequest) > cpuMillis(cpuLimit),
          `${section}.cpuRequest`,
          `must be at most cpuLimit (${cpuLimit}), got ${cpuRequest}`,
        ),
    },
    {
      reads: [`${section}.memoryRequest`, `${section}.memoryLimit`],
      check: ({ [section]: { memoryRequest, memoryLimit } }) =>
        when(
          memoryMib(memoryRequest) > memoryMib(memoryLimit),
          `${section}.memoryRequest`,
          `must be at most memoryLimit (${memoryLimit}), got ${memoryRequest}`,
        ),
    },
  ];
}

/** Whether `value` is outside [min, max]; false if min exceeds max, which another rule reports. */
function outside(value: number, min: number, max: number): boolean {
  return min <= max && (value < min || value > max);
}

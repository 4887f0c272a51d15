import type { ResolvedConfig } from '../environment-config';
import type { ConfigProblem } from '../problem';
import { cpuMillis, memoryMib } from '../quantities';
import { minorOf } from './kubernetes-version';
import { type Rule, when } from './rule';

/** Kubernetes minor version from which the VPA's InPlaceOrRecreate mode works. */
const IN_PLACE_RESIZE_MINOR = 33;

/** Bounds of HPA and VPA, their requirements on the cluster, and that both do not act on the same resource. */
export const autoscalingRules: readonly Rule[] = [
  {
    reads: ['autoscaling.vpa'],
    check: ({ autoscaling: { vpa } }) => [
      ...when(
        cpuMillis(vpa.minCpu) > cpuMillis(vpa.maxCpu),
        'autoscaling.vpa.minCpu',
        `must be at most maxCpu (${vpa.maxCpu}), got ${vpa.minCpu}`,
      ),
      ...when(
        memoryMib(vpa.minMemory) > memoryMib(vpa.maxMemory),
        'autoscaling.vpa.minMemory',
        `must be at most maxMemory (${vpa.maxMemory}), got ${vpa.minMemory}`,
      ),
      ...when(
        vpa.controlledResources.length === 0 ||
          new Set(vpa.controlledResources).size !== vpa.controlledResources.length,
        'autoscaling.vpa.controlledResources',
        `must name cpu, memory or both, each once, got ${JSON.stringify(vpa.controlledResources)}`,
      ),
    ],
  },
  {
    reads: ['autoscaling.hpa.minReplicas', 'autoscaling.hpa.maxReplicas'],
    check: ({
      autoscaling: {
        hpa: { minReplicas, maxReplicas },
      },
    }) =>
      when(
        minReplicas > maxReplicas,
        'autoscaling.hpa.minReplicas',
        `must be at most maxReplicas (${maxReplicas}), got ${minReplicas}`,
      ),
  },
  {
    reads: ['autoscaling.hpa'],
    check: ({ autoscaling: { hpa } }) =>
      when(
        hpa.cpuUtilizationPercent === null &&
          hpa.memoryUtilizationPercent === null &&
          hpa.requestsPerSecond === null,
        'autoscaling.hpa',
        'must have at least one of cpuUtilizationPercent, memoryUtilizationPercent and requestsPerSecond, got none',
      ),
  },
  { reads: ['autoscaling', 'cluster.version'], check: vpaProblems },
  {
    reads: ['autoscaling.vpa.updateMode', 'cluster'],
    check: ({ autoscaling: { vpa }, cluster }) =>
      when(
        vpa.updateMode !== 'Off' && !cluster.verticalPodAutoscaler,
        'autoscaling.vpa.updateMode',
        `must be 'Off' where cluster.verticalPodAutoscaler is false (no VPA would be rendered), got '${vpa.updateMode}'`,
      ),
  },
];

function vpaProblems({
  autoscaling: { preset, conflictReason, hpa, vpa },
  cluster,
}: ResolvedConfig): ConfigProblem[] {
  const verbatim = preset === 'seed-verbatim';
  const acts = vpa.updateMode !== 'Off' && vpa.updateMode !== 'Initial';
  const contested = [
    ...(hpa.cpuUtilizationPercent !== null ? ['cpu'] : []),
    ...(hpa.memoryUtilizationPercent !== null ? ['memory'] : []),
  ].filter((resource) => (vpa.controlledResources as readonly string[]).includes(resource));
  return [
    ...when(
      verbatim && conflictReason === null,
      'autoscaling.conflictReason',
      "must say why HPA and VPA may act on the same resources with preset 'seed-verbatim', got nothing",
    ),
    ...when(
      !verbatim && conflictReason !== null,
      'autoscaling.conflictReason',
      `must be null with preset '${preset}', got ${JSON.stringify(conflictReason)}`,
    ),
    ...when(
      !verbatim && acts && contested.length > 0,
      'autoscaling.vpa.updateMode',
      `must be 'Off' or 'Initial' while the HPA scales on ${contested.join(' and ')} too (or use preset 'vpa-acts'), got '${vpa.updateMode}'`,
    ),
    ...when(
      !verbatim && vpa.updateMode === 'Auto',
      'autoscaling.vpa.updateMode',
      "must be 'Recreate' or 'InPlaceOrRecreate' ('Auto' is deprecated and means 'Recreate'), got 'Auto'",
    ),
    ...when(
      vpa.updateMode === 'InPlaceOrRecreate' && minorOf(cluster.version) < IN_PLACE_RESIZE_MINOR,
      'autoscaling.vpa.updateMode',
      `must not be 'InPlaceOrRecreate' before Kubernetes 1.${IN_PLACE_RESIZE_MINOR}, got cluster.version ${cluster.version}`,
    ),
  ];
}

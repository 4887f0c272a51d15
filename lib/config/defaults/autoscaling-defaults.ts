import { type ConfigInput, isRecord, textOf } from '../input';

/** The preset decides which metrics the HPA reads and whether the VPA acts. */
export function autoscalingDefaults({ preset = 'hpa-acts', hpa }: ConfigInput) {
  return {
    driver: 'hpa',
    preset,
    conflictReason: null,
    hpa: hpaDefaults(preset, isRecord(hpa) ? hpa : {}),
    vpa: vpaDefaults(preset),
  };
}

/**
 * The seed's HPA, and the gateway's calls beside it; with `vpa-acts` it scales on requests and calls alone, because the
 * VPA changes CPU and memory.
 */
function hpaDefaults(preset: unknown, { requestsPerSecond }: ConfigInput) {
  return {
    minReplicas: 3,
    maxReplicas: 50,
    cpuUtilizationPercent: preset === 'vpa-acts' ? null : 70,
    memoryUtilizationPercent: preset === 'vpa-acts' ? null : 80,
    requestsPerSecond: 100,
    // Both metrics come from Prometheus: without the one, nothing serves the other.
    gatewaySlotsPercent: requestsPerSecond === null ? null : 70,
    scaleDown: {
      stabilizationWindowSeconds: 300,
      percent: 50,
      pods: 2,
      periodSeconds: 60,
      selectPolicy: 'Min',
    },
    scaleUp: {
      stabilizationWindowSeconds: 0,
      percent: 100,
      pods: 4,
      periodSeconds: 30,
      selectPolicy: 'Max',
    },
  };
}

function vpaDefaults(preset: unknown) {
  return {
    updateMode: { 'vpa-acts': 'InPlaceOrRecreate', 'seed-verbatim': 'Auto' }[textOf(preset)] ?? 'Off',
    minCpu: '100m',
    minMemory: '128Mi',
    maxCpu: '2000m',
    maxMemory: '2Gi',
    controlledResources: ['cpu', 'memory'],
  };
}

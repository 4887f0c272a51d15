import { type ConfigInput, textOf } from '../input';

/** The preset decides which metrics the HPA reads and whether the VPA acts. */
export function autoscalingDefaults({ preset = 'hpa-acts' }: ConfigInput) {
  return {
    driver: 'hpa',
    preset,
    conflictReason: null,
    hpa: hpaDefaults(preset),
    vpa: vpaDefaults(preset),
  };
}

/** The seed's HPA; with `vpa-acts` it scales on requests alone, because the VPA changes CPU and memory. */
function hpaDefaults(preset: unknown) {
  return {
    minReplicas: 3,
    maxReplicas: 50,
    cpuUtilizationPercent: preset === 'vpa-acts' ? null : 70,
    memoryUtilizationPercent: preset === 'vpa-acts' ? null : 80,
    requestsPerSecond: 100,
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

import { type ConfigInput, isRecord, merge } from '../input';
import { HPA_NAME, NAMESPACE } from '../names';
import { isApiWorkload } from '../scaled-workloads';

/** Requests per second that a replica can serve, where the HPA has no target for it. */
const LOAD_PER_REPLICA = 100;

/**
 * Predictive scaling with its defaults. Some follow from the HPA, so this runs after the rest is resolved. The input is
 * not validated yet; the schema does that later.
 */
export function resolvePredictiveScaling(environment: string, input: unknown, config: ConfigInput): unknown {
  const { driver, hpa } = isRecord(config.autoscaling) ? config.autoscaling : {};
  if (input === undefined && driver === 'keda') return null;
  const settings = input === undefined ? {} : input;
  if (!isRecord(settings)) return settings;
  const { workloads = [{ name: `${environment}-api` }], ...rest } = settings;
  return {
    ...merge(DEFAULTS, rest),
    workloads: Array.isArray(workloads)
      ? workloads.map((workload) => resolveWorkload(workload, isRecord(hpa) ? hpa : {}))
      : workloads,
  };
}

const DEFAULTS = {
  intervalMinutes: 5,
  leaseMinutes: 20,
  workloadsPerSchedule: 100,
  memoryMib: 1769,
  tracing: false,
  logRetentionDays: 30,
  alarms: {
    heartbeatMissingMinutes: 15,
    durationPercent: 80,
    workloadFailedMinutes: 15,
    skillLostMinutes: 60,
    coverageLeastPercent: 80,
    coverageMostPercent: 98,
    floorAtMaximumMinutes: 30,
  },
};

function resolveWorkload(input: unknown, hpa: ConfigInput): unknown {
  if (!isRecord(input)) return input;
  const common = merge(
    {
      namespace: NAMESPACE,
      hpaName: HPA_NAME,
      mode: 'forecast-only',
      rule: 'adaptive',
      startMinutes: 3,
      timeZone: 'UTC',
      stepMinutes: 1,
      events: [],
    },
    input,
  );
  const { events, timeZone } = common;
  return {
    ...(isApiWorkload(common) ? merge(apiDefaults(common, hpa), common) : common),
    events: Array.isArray(events) ? events.map((event) => resolveEvent(event, timeZone)) : events,
  };
}

/** Defaults that follow from the API's HPA. A wrong value of the HPA is reported there, not here a second time. */
function apiDefaults({ loadPerReplica: given }: ConfigInput, hpa: ConfigInput) {
  const { cpuUtilizationPercent, minReplicas, requestsPerSecond } = hpa;
  const requests = isPositive(requestsPerSecond) ? requestsPerSecond : undefined;
  const loadPerReplica = isPositive(given) ? given : (requests ?? LOAD_PER_REPLICA);
  const cpu = isPositive(cpuUtilizationPercent) ? cpuUtilizationPercent : 100;
  return {
    baseMinReplicas: Number.isInteger(minReplicas) && isPositive(minReplicas) ? minReplicas : 1,
    loadPerReplica,
    hpaTarget: Math.min(1, cpu / 100, (requests ?? loadPerReplica) / loadPerReplica),
    load: 'all-requests',
    alwaysOn: 'api-healthy-hosts',
  };
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}

function resolveEvent(input: unknown, timeZone: unknown): unknown {
  return isRecord(input)
    ? merge({ timeZone, multiplier: 1, minReplicas: 0, excludeFromTraining: false }, input)
    : input;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { syncHpa } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-controller';
import type {
  HpaSpec,
  MetricSpec,
  ResolvedHpaSpec,
  ScalingPolicy,
  ScalingRules,
} from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-spec';
import { FRESH_STATE } from '../../../../../lambda/predictive-scaler/backtest/hpa/hpa-state';
import type {
  Observation,
  PodObservation,
} from '../../../../../lambda/predictive-scaler/backtest/hpa/observation';
import {
  resolveHpaSpec,
  SYNC_PERIOD_SECONDS,
} from '../../../../../lambda/predictive-scaler/backtest/hpa/resolve-hpa-spec';

/** When the tests that need a time of day take place, seconds since the epoch. */
export const NOW = 1_000_000;

export function cpu(averageUtilizationPercent: number): MetricSpec & { type: 'Resource' } {
  return { type: 'Resource', name: 'cpu', target: { type: 'Utilization', averageUtilizationPercent } };
}

/** Requests per second, as the seed has them. */
export function requests(averageValue: number): MetricSpec & { type: 'Pods' } {
  return { type: 'Pods', name: 'requests_per_second', target: { type: 'AverageValue', averageValue } };
}

/** A pod that has run for long, requests one core and has no sample yet. */
export function pod(changes: Partial<PodObservation> = {}): PodObservation {
  return {
    phase: 'Running',
    startedAtSeconds: NOW - 5000,
    readiness: { status: 'True', changedAtSeconds: NOW - 4990 },
    requests: { cpu: 1 },
    ...changes,
  };
}

/** `count` such pods, each with this use of CPU (cores) and this many requests per second. */
export function busy(count: number, value: number, changes: Partial<PodObservation> = {}): PodObservation[] {
  const usage = { cpu: { value, takenAtSeconds: NOW, windowSeconds: 15 } };
  return Array.from({ length: count }, () =>
    pod({ usage, metrics: { requests_per_second: value }, ...changes }),
  );
}

export function pending(count: number): PodObservation[] {
  return Array.from({ length: count }, () => pod({ phase: 'Pending' }));
}

/** Running pods without a sample. */
export function silent(count: number): PodObservation[] {
  return Array.from({ length: count }, () => pod());
}

/** Rules that hold nothing back, so that a test's own part shows. */
export function rules(changes: Partial<ScalingRules> = {}): Partial<ScalingRules> {
  return {
    stabilizationWindowSeconds: 0,
    policies: [{ type: 'Pods', value: 1000, periodSeconds: 15 }],
    ...changes,
  };
}

/** The seed's HPA, read from its own manifest. */
export function seedHpa(changes: Partial<HpaSpec> = {}): ResolvedHpaSpec {
  const manifest = parse(readFileSync(join(__dirname, '../../../../fixtures/seed-hpa.yaml'), 'utf8'));
  const { minReplicas, maxReplicas, metrics, behavior } = manifest.spec as SeedSpec;
  return resolveHpaSpec({ minReplicas, maxReplicas, metrics: metrics.map(toMetric), behavior, ...changes });
}

interface SeedSpec {
  minReplicas: number;
  maxReplicas: number;
  metrics: SeedMetric[];
  behavior: { [direction in 'scaleUp' | 'scaleDown']: ScalingRules & { policies: ScalingPolicy[] } };
}

interface SeedMetric {
  resource?: { name: 'cpu' | 'memory'; target: { averageUtilization: number } };
  pods?: { metric: { name: string }; target: { averageValue: string } };
}

function toMetric({ resource, pods }: SeedMetric): MetricSpec {
  if (resource) {
    const { averageUtilization } = resource.target;
    return {
      type: 'Resource',
      name: resource.name,
      target: { type: 'Utilization', averageUtilizationPercent: averageUtilization },
    };
  }
  if (!pods) throw new Error('the seed has a metric of another kind');
  const averageValue = Number(pods.target.averageValue);
  return { type: 'Pods', name: pods.metric.name, target: { type: 'AverageValue', averageValue } };
}

/** One moment of a replay. */
export interface Moment {
  /** Requests per second of the whole service; null where they cannot be read. */
  readonly load: number | null;
  readonly minReplicas?: number;
}

export interface Step {
  readonly atSeconds: number;
  readonly from: number;
  readonly to: number;
  readonly recommended: number | null;
  readonly reason: string;
}

/** Syncs once per moment; pods are ready at once, CPU and memory are low. */
export function replay(spec: ResolvedHpaSpec, startReplicas: number, moments: readonly Moment[]): Step[] {
  let state = FRESH_STATE;
  let replicas = startReplicas;
  return moments.map(({ load, minReplicas = spec.minReplicas }, index) => {
    const atSeconds = index * SYNC_PERIOD_SECONDS;
    const result = syncHpa(state, atSeconds, { ...spec, minReplicas }, observe(replicas, load));
    const step = { atSeconds, from: replicas, to: result.desiredReplicas };
    state = result.state;
    replicas = result.desiredReplicas;
    return { ...step, recommended: result.recommendedReplicas, reason: result.reason };
  });
}

/** Ready pods with the load spread evenly, at 10 % of their CPU and memory. */
export function observe(replicas: number, load: number | null): Observation {
  return {
    specReplicas: replicas,
    pods: {
      readyPods: replicas,
      requestPerPod: { cpu: 1, memory: 1 },
      totalUsage: { cpu: replicas / 10, memory: replicas / 10 },
      totalMetrics: load === null ? {} : { requests_per_second: load },
    },
  };
}

/** The steps that changed the count or gave a new reason, one line each. */
export function story(steps: readonly Step[]): string[] {
  return steps
    .filter(
      (step, index) =>
        step.from !== step.to ||
        steps[index - 1]?.reason !== step.reason ||
        steps[index - 1]?.from !== steps[index - 1]?.to,
    )
    .map(({ atSeconds, from, to, recommended, reason }) => {
      const asked = recommended === null ? 'metrics not asked' : `metrics ask for ${recommended}`;
      return `${atSeconds} s: ${from} -> ${to}, ${asked}, ${reason}`;
    });
}

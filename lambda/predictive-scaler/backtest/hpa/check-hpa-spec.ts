import type { MetricSpec, ResolvedHpaSpec, ScalingRules } from './hpa-spec';

/**
 * Checks what the API server checks; it would answer 422 (apis/autoscaling/validation/validation.go).
 * @throws {RangeError} that lists every problem
 */
export function checkHpaSpec(spec: ResolvedHpaSpec): void {
  const { metrics, behavior } = spec;
  const problems = [
    ...replicaProblems(spec),
    ...metrics.flatMap(metricProblems),
    ...(behavior ? rulesProblems('scaleUp', behavior.scaleUp) : []),
    ...(behavior ? rulesProblems('scaleDown', behavior.scaleDown) : []),
  ];
  if (problems.length > 0) throw new RangeError(problems.join('; '));
}

function replicaProblems({ minReplicas, maxReplicas, metrics }: ResolvedHpaSpec): string[] {
  const toZero = metrics.some(({ type }) => type === 'Object' || type === 'External');
  return [
    ...wholeBetween('maxReplicas', maxReplicas, 1, Number.MAX_SAFE_INTEGER),
    ...wholeBetween('minReplicas', minReplicas, 0, maxReplicas),
    ...(minReplicas === 0 && !toZero
      ? [
          'minReplicas may be 0 only with an Object or External metric, because without pods there are no pod metrics',
        ]
      : []),
  ];
}

function metricProblems({ name, target }: MetricSpec): string[] {
  switch (target.type) {
    case 'Utilization':
      return wholeBetween(
        `averageUtilizationPercent of ${name}`,
        target.averageUtilizationPercent,
        1,
        Number.MAX_SAFE_INTEGER,
      );
    case 'AverageValue':
      return positive(`averageValue of ${name}`, target.averageValue);
    case 'Value':
      return positive(`value of ${name}`, target.value);
  }
}

function rulesProblems(direction: string, rules: ScalingRules): string[] {
  const at = (field: string) => `behavior.${direction}.${field}`;
  return [
    ...wholeBetween(at('stabilizationWindowSeconds'), rules.stabilizationWindowSeconds, 0, 3600),
    ...(rules.tolerance >= 0 ? [] : [`${at('tolerance')} must be at least 0, got ${rules.tolerance}`]),
    ...(rules.policies.length > 0 ? [] : [`${at('policies')} must name at least one policy`]),
    ...rules.policies.flatMap(({ value, periodSeconds }, index) => [
      ...wholeBetween(at(`policies[${index}].value`), value, 1, Number.MAX_SAFE_INTEGER),
      ...wholeBetween(at(`policies[${index}].periodSeconds`), periodSeconds, 1, 1800),
    ]),
  ];
}

function wholeBetween(name: string, value: number, least: number, most: number): string[] {
  if (Number.isInteger(value) && value >= least && value <= most) return [];
  const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `between ${least} and ${most}`;
  return [`${name} must be a whole number ${range}, got ${value}`];
}

function positive(name: string, value: number): string[] {
  return Number.isFinite(value) && value > 0 ? [] : [`${name} must be above 0, got ${value}`];
}

import { type Rule, when } from './rule';

/** Somebody serves the HPA's metric, and only what is needed is rendered for it. */
export const metricsRules: readonly Rule[] = [
  {
    reads: ['autoscaling.driver', 'autoscaling.hpa.requestsPerSecond', 'metrics.provider'],
    check: ({ autoscaling: { driver, hpa }, metrics: { provider } }) => [
      ...when(
        driver === 'hpa' && hpa.requestsPerSecond !== null && provider === 'none',
        'autoscaling.hpa.requestsPerSecond',
        `must be null with metrics.provider 'none' (nothing would serve the metric), got ${hpa.requestsPerSecond}`,
      ),
      ...when(
        driver === 'hpa' && hpa.requestsPerSecond === null && provider !== 'none',
        'metrics.provider',
        `must be 'none' where autoscaling.hpa.requestsPerSecond is null (nobody would ask it), got '${provider}'`,
      ),
      ...when(
        driver === 'keda' && provider !== 'none',
        'metrics.provider',
        `must be 'none' with autoscaling.driver 'keda' (KEDA asks Prometheus itself), got '${provider}'`,
      ),
    ],
  },
  {
    reads: [
      'autoscaling.driver',
      'autoscaling.hpa.requestsPerSecond',
      'metrics.provider',
      'metrics.prometheusUrl',
    ],
    check: ({ autoscaling: { driver, hpa }, metrics: { provider, prometheusUrl } }) =>
      when(
        prometheusUrl !== null &&
          provider !== 'prometheus-adapter' &&
          !(driver === 'keda' && hpa.requestsPerSecond !== null),
        'metrics.prometheusUrl',
        `must be null where neither prometheus-adapter nor KEDA asks it, got ${JSON.stringify(prometheusUrl)}`,
      ),
  },
  {
    reads: [
      'autoscaling.driver',
      'autoscaling.hpa.requestsPerSecond',
      'metrics.provider',
      'metrics.prometheusUrl',
      'metrics.scraperNamespace',
    ],
    check: ({ autoscaling: { driver, hpa }, metrics: { provider, prometheusUrl, scraperNamespace } }) => [
      ...when(
        provider === 'existing' && scraperNamespace === null,
        'metrics.scraperNamespace',
        "must name the namespace of the Prometheus that scrapes the pods with metrics.provider 'existing' (the network policies let nobody else in), got null",
      ),
      ...when(
        scraperNamespace !== null &&
          prometheusUrl === null &&
          (provider === 'prometheus-adapter' || (driver === 'keda' && hpa.requestsPerSecond !== null)),
        'metrics.scraperNamespace',
        `must be null where Prometheus is rendered here, got '${scraperNamespace}'`,
      ),
    ],
  },
];

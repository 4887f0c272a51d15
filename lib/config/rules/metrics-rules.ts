import { type Rule, when } from './rule';

/** The HPA's metric has a provider, and Prometheus settings are given only where they have an effect. */
export const metricsRules: readonly Rule[] = [
  {
    reads: ['autoscaling.hpa.gatewaySlotsPercent', 'autoscaling.hpa.requestsPerSecond'],
    check: ({
      autoscaling: {
        hpa: { gatewaySlotsPercent, requestsPerSecond },
      },
    }) =>
      when(
        gatewaySlotsPercent !== null && requestsPerSecond === null,
        'autoscaling.hpa.gatewaySlotsPercent',
        `must be null where requestsPerSecond is null (no Prometheus would serve it; give requestsPerSecond a high value to scale by calls alone), got ${gatewaySlotsPercent}`,
      ),
  },
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
        `must be 'none' where autoscaling.hpa.requestsPerSecond is null (the HPA would not use it), got '${provider}'`,
      ),
      ...when(
        driver === 'keda' && provider !== 'none',
        'metrics.provider',
        `must be 'none' with autoscaling.driver 'keda' (KEDA queries Prometheus itself), got '${provider}'`,
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
        `must be null where neither prometheus-adapter nor KEDA queries it, got ${JSON.stringify(prometheusUrl)}`,
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
        "must name the namespace of the Prometheus that scrapes the pods with metrics.provider 'existing' (the network policies block every other namespace), got null",
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

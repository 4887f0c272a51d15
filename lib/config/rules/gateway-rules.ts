import type { ResolvedConfig } from '../environment-config';
import type { ConfigProblem } from '../problem';
import { type Rule, when } from './rule';

/** Providers that models refer to, and whether a pod has room for the calls that are expected. */
export const gatewayRules: readonly Rule[] = [
  { reads: ['gateway.providers'], check: providerProblems },
  { reads: ['gateway.providers', 'gateway.models'], check: modelProblems },
  {
    reads: ['gateway.silenceTimeoutSeconds', 'gateway.longestCallSeconds'],
    check: ({ gateway: { silenceTimeoutSeconds, longestCallSeconds } }) =>
      when(
        silenceTimeoutSeconds > longestCallSeconds,
        'gateway.silenceTimeoutSeconds',
        `must be at most longestCallSeconds (${longestCallSeconds}), got ${silenceTimeoutSeconds}`,
      ),
  },
  {
    reads: [
      'gateway.maxConnections',
      'gateway.expectedCallSeconds',
      'gateway.expectedCallsPerSecond',
      'gateway.expectedCacheHitPercent',
    ],
    check: connectionProblems,
  },
];

function providerProblems({ gateway: { providers } }: ResolvedConfig): ConfigProblem[] {
  return providers.flatMap(({ name, type, baseUrl, region }, index) => {
    const path = `gateway.providers.${index}`;
    const twin = providers.findIndex((other) => other.name === name);
    return [
      ...when(twin < index, `${path}.name`, `must be unique, but provider ${twin} is called ${name} too`),
      ...when(
        type !== 'bedrock' && baseUrl === null,
        `${path}.baseUrl`,
        `must be an address with type '${type}', got null`,
      ),
      ...when(
        type !== 'bedrock' && region !== null,
        `${path}.region`,
        `must be null with type '${type}' (only Bedrock has regions), got ${JSON.stringify(region)}`,
      ),
      ...when(
        type === 'bedrock' && region === null,
        `${path}.region`,
        "must be an AWS region with type 'bedrock', got null",
      ),
    ];
  });
}

function modelProblems({ gateway: { providers, models } }: ResolvedConfig): ConfigProblem[] {
  const names = providers.map(({ name }) => name);
  const unknown = (provider: string, path: string) =>
    when(
      !names.includes(provider),
      `${path}.provider`,
      `must be the name of one of gateway.providers (${names.join(', ')}), got ${JSON.stringify(provider)}`,
    );
  return models.flatMap(({ match, provider, fallbacks }, index) => {
    const path = `gateway.models.${index}`;
    const twin = models.findIndex((other) => other.match === match);
    return [
      ...unknown(provider, path),
      ...fallbacks.flatMap((fallback, place) => unknown(fallback.provider, `${path}.fallbacks.${place}`)),
      ...when(
        twin < index,
        `${path}.match`,
        `must be unique, but model ${twin} has ${JSON.stringify(match)} too: the first one counts`,
      ),
    ];
  });
}

/** Little's law: calls under way = calls a second that are not answered from the cache x seconds of a call. */
function connectionProblems({ gateway }: ResolvedConfig): ConfigProblem[] {
  const { maxConnections, expectedCallSeconds, expectedCallsPerSecond, expectedCacheHitPercent } = gateway;
  const calls = Math.ceil(
    expectedCallsPerSecond * (1 - expectedCacheHitPercent / 100) * expectedCallSeconds - 1e-9,
  );
  return when(
    calls > maxConnections,
    'gateway.maxConnections',
    `must be at least ${calls}: expectedCallsPerSecond x (1 - expectedCacheHitPercent / 100) x expectedCallSeconds (${expectedCallsPerSecond} x (1 - ${expectedCacheHitPercent} / 100) x ${expectedCallSeconds}) calls are under way in a pod at once. Raise it, or spread the calls over more pods with a lower autoscaling.hpa.requestsPerSecond and expectedCallsPerSecond; got ${maxConnections}`,
  );
}

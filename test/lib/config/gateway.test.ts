import { problems, testConfig } from '../../helpers/config';

/** The gateway of prod with changes. */
const gateway = (changes: Record<string, unknown>) => problems({ gateway: changes });

test('the region decides which inference profiles of Bedrock are models by default', () => {
  const matches = (region: string, zone: string) =>
    testConfig({
      region,
      availabilityZones: ['a', 'b', 'c'].map((letter) => `${zone}${letter}`),
      domain: { certificateArn: null },
    }).gateway.models.map(({ match }) => match);
  expect(matches('us-east-1', 'us-east-1')).toContain('us.anthropic.*');
  expect(matches('eu-central-1', 'eu-central-1')).toContain('eu.anthropic.*');
  expect(matches('eu-central-1', 'eu-central-1')).not.toContain('us.anthropic.*');
});

test('a provider takes the address of its type and, with Bedrock, the region of the environment', () => {
  const { providers } = testConfig({
    gateway: {
      providers: [
        { name: 'a', type: 'openai' },
        { name: 'b', type: 'openai', baseUrl: 'https://vllm.example.com:8443/v1' },
        { name: 'c', type: 'bedrock' },
        { name: 'd', type: 'bedrock', region: 'eu-west-1' },
      ],
      models: [{ match: '*', provider: 'a' }],
    },
  }).gateway;
  expect(providers).toEqual([
    { name: 'a', type: 'openai', baseUrl: 'https://api.openai.com/v1', region: null },
    { name: 'b', type: 'openai', baseUrl: 'https://vllm.example.com:8443/v1', region: null },
    { name: 'c', type: 'bedrock', baseUrl: null, region: 'us-east-1' },
    { name: 'd', type: 'bedrock', baseUrl: null, region: 'eu-west-1' },
  ]);
});

test.each([
  [{ providers: [] }, 'gateway.providers must be at least one provider, got []'],
  [
    { providers: [{ name: 'X', type: 'openai' }] },
    'gateway.providers.0.name must be a name of lower-case letters, digits and hyphens, got "X"',
  ],
  [
    { providers: [{ name: 'x', type: 'openai', baseUrl: 'https://x.example.com/v1/' }] },
    'gateway.providers.0.baseUrl must be an address without a query and without a slash at its end, such as https://api.openai.com/v1, got "https://x.example.com/v1/"',
  ],
  [
    { models: [{ match: 'a*', provider: 'mistral' }] },
    'gateway.models.0.provider must be the name of one of gateway.providers (openai, anthropic, bedrock), got "mistral"',
  ],
  [
    { models: [{ match: 'a*', provider: 'openai', fallbacks: [{ provider: 'mistral', model: 'm' }] }] },
    'gateway.models.0.fallbacks.0.provider must be the name of one of gateway.providers (openai, anthropic, bedrock), got "mistral"',
  ],
  [
    {
      models: [
        { match: 'a*', provider: 'openai' },
        { match: 'a*', provider: 'anthropic' },
      ],
    },
    'gateway.models.1.match must be unique, but model 0 has "a*" too: the first one counts',
  ],
  [
    {
      providers: [
        { name: 'openai', type: 'openai' },
        { name: 'openai', type: 'openai' },
      ],
      models: [{ match: '*', provider: 'openai' }],
    },
    'gateway.providers.1.name must be unique, but provider 0 is called openai too',
  ],
  [
    {
      providers: [{ name: 'x', type: 'openai', region: 'us-east-1' }],
      models: [{ match: '*', provider: 'x' }],
    },
    'gateway.providers.0.region must be null with type \'openai\' (only Bedrock has regions), got "us-east-1"',
  ],
  [
    { silenceTimeoutSeconds: 700 },
    'gateway.silenceTimeoutSeconds must be at most longestCallSeconds (600), got 700',
  ],
])('%j is refused', (changes, message) => {
  expect(gateway(changes)).toEqual([`prod.${message}`]);
});

describe("Little's law", () => {
  test('refuses more expected calls under way than a pod has connections, with the numbers and the remedy', () => {
    expect(gateway({ expectedCallSeconds: 20 })).toEqual([
      'prod.gateway.maxConnections must be at least 800: expectedCallsPerSecond x (1 - expectedCacheHitPercent / 100) x expectedCallSeconds (100 x (1 - 60 / 100) x 20) calls are under way in a pod at once. Raise it, or spread the calls over more pods with a lower autoscaling.hpa.requestsPerSecond and expectedCallsPerSecond; got 128',
    ]);
  });

  test.each([
    [{ expectedCallSeconds: 3.2 }, true],
    [{ expectedCallSeconds: 3.21 }, false],
    [{ expectedCallSeconds: 20, maxConnections: 800 }, true],
    [{ expectedCallSeconds: 20, expectedCallsPerSecond: 16 }, true],
    [{ expectedCacheHitPercent: 0 }, false],
  ])('%j is accepted: %s', (changes, isAccepted) => {
    expect(gateway(changes).length === 0).toBe(isAccepted);
  });

  test('counts with the target and the objective of the environment', () => {
    expect(
      problems({ autoscaling: { hpa: { requestsPerSecond: 200 } }, objectives: { cacheHitPercent: 40 } }),
    ).toEqual([expect.stringContaining('must be at least 240')]);
  });
});

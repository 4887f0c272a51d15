import { type ModelRoute, ModelRoutes } from '../../../service/gateway/upstream/model-routes';

const route = (match: string, provider: string, changes: Partial<ModelRoute> = {}): ModelRoute => ({
  ...{ match, provider, model: null, fallbacks: [], maxOutputTokens: null },
  ...changes,
});

describe('the routes of models', () => {
  const routes = new ModelRoutes([
    route('gpt-4o', 'azure', { model: 'our-deployment', maxOutputTokens: 16_384 }),
    route('gpt-*', 'openai', { fallbacks: [{ provider: 'azure', model: 'backup' }] }),
    route('*.anthropic.claude-*', 'bedrock'),
    route('model.v1+x', 'local'),
  ]);

  test.each([
    // The first that fits counts: as `gpt-*` it would go to openai.
    ['gpt-4o', [{ provider: 'azure', model: 'our-deployment' }], 16_384],
    [
      'gpt-5',
      [
        { provider: 'openai', model: 'gpt-5' },
        { provider: 'azure', model: 'backup' },
      ],
      128_000,
    ],
    [
      'us.anthropic.claude-opus-4-1-v1:0',
      [{ provider: 'bedrock', model: 'us.anthropic.claude-opus-4-1-v1:0' }],
      128_000,
    ],
    ['model.v1+x', [{ provider: 'local', model: 'model.v1+x' }], 128_000],
  ])('send %s to %j', (model, targets, maxOutputTokens) => {
    expect(routes.resolve(model)).toEqual({ targets, maxOutputTokens });
    expect(routes.resolve(model)).toEqual({ targets, maxOutputTokens });
  });

  test.each(['my-gpt-4o', 'anthropic.claude-opus', 'modelXv1+x', 'model.v11x', ''])('know no %s', (model) => {
    expect(routes.resolve(model)).toBeUndefined();
  });

  test('list the names without patterns', () => {
    expect(routes.names).toEqual(['gpt-4o', 'model.v1+x']);
  });
});

import { problems, testConfig } from '../../helpers/config';

const built = (change: object = {}) => ({
  workload: { image: { source: 'built', tag: undefined, ...change } },
});

describe('an image that the deployment builds', () => {
  test.each(['sandbox', 'dev'])('is the one of %s, in the repository of the environment', (environment) => {
    const { admin, workload } = testConfig({}, environment);
    expect(workload.image).toEqual({
      source: 'built',
      repository: expect.stringMatching(`/llm-cost-ops-${environment}-api$`),
      tag: 'pending',
      digest: null,
      architecture: 'amd64',
    });
    expect(admin.image).toEqual(workload.image);
  });

  test.each(['staging', 'prod'])('is not the one of %s, which somebody names', (environment) => {
    expect(testConfig({}, environment).workload.image).toMatchObject({ source: 'named', tag: '1.0.0' });
  });

  test('is built for the architecture of the nodes', () => {
    const config = testConfig({ workload: { image: { source: 'built', architecture: 'arm64' } } }, 'dev');
    expect(config.workload.image.architecture).toBe('arm64');
  });

  test('is left out by admin servers that have an image of their own', () => {
    const { admin } = testConfig({ admin: { image: { tag: '2.0.0' } } }, 'dev');
    expect(admin.image).toMatchObject({ source: 'named', tag: '2.0.0', digest: null });
  });

  test.each([
    [{ tag: '1.0.0' }, /^dev\.workload\.image\.tag must be left out with source 'built': it follows/],
    [{ digest: `sha256:${'a'.repeat(64)}` }, /^dev\.workload\.image\.digest must be left out/],
    [{ repository: 'registry.example.com/api' }, /^dev\.workload\.image\.repository must be left out/],
    [{ architecture: 'x86' }, /^dev\.workload\.image\.architecture must be one of amd64, arm64, got "x86"$/],
    [{ source: 'guessed' }, /^dev\.workload\.image\.source must be one of named, built, got "guessed"$/],
  ])('%j is refused', (change, message) => {
    expect(problems(built(change), 'dev')).toContainEqual(expect.stringMatching(message));
  });

  test('admin servers build none of their own', () => {
    expect(problems({ admin: { image: { source: 'built', tag: '1' } } })).toEqual([
      "prod.admin.image.source must be 'named', or left out: only workload.image is built, and the admin servers run it by default",
    ]);
  });

  test('a named image needs its tag, where the environment builds one otherwise', () => {
    expect(problems({ workload: { image: { source: 'named' } } }, 'dev')).toContainEqual(
      expect.stringMatching(/^dev\.workload\.image\.tag must be/),
    );
  });
});

import { localHpaSpec, manifestSpec } from '../../../../bin/local/hpa/hpa-settings';
import { renderManifests } from '../../../../k8s/manifests';
import { environments } from '../../../../lib/config/environments';
import { loadEnvironment } from '../../../../lib/config/resolve-config';
import { testConfig } from '../../../helpers/config';
import { type AnyDocument, documentOf } from '../../../helpers/manifests';

describe('the local HPA', () => {
  test.each(Object.keys(environments))(
    'has the behaviours and Pods metrics of the rendered HPA of %s',
    (name) => {
      const config = loadEnvironment(name);
      const { spec: rendered } = documentOf(renderManifests(config).manifests, 'HorizontalPodAutoscaler');
      const local: AnyDocument = manifestSpec(localHpaSpec(config, { minPods: 1, maxPods: 50 }));
      expect(local.metrics).toEqual(rendered.metrics.filter(({ type }: AnyDocument) => type === 'Pods'));
      expect(local.behavior).toMatchObject(rendered.behavior);
      expect(local.maxReplicas).toBe(rendered.maxReplicas);
    },
  );

  test.each<[string, minPods: number, maxPods: number, bounds: [number, number]]>([
    ['is bounded by what a laptop has', 1, 4, [1, 4]],
    ["is bounded by the environment's maximum", 1, 40, [1, 5]],
    ['has as many pods as were asked for, also above both', 8, 4, [8, 8]],
  ])('%s', (_, minPods, maxPods, [least, most]) => {
    const spec = localHpaSpec(testConfig({}, 'dev'), { minPods, maxPods });
    expect(spec).toMatchObject({ minReplicas: least, maxReplicas: most });
  });

  test("has the target that somebody gives, instead of the environment's", () => {
    const [requests, calls] = localHpaSpec(testConfig({}, 'dev'), {
      minPods: 1,
      maxPods: 5,
      requestsPerPod: 7,
    }).metrics;
    expect(requests).toMatchObject({ name: 'requests_per_second', target: { averageValue: 7 } });
    expect(calls).toMatchObject({ name: 'gateway_calls_in_flight' });
  });
});

import { renderManifests } from '../../k8s/manifests';
import { cpuMillis, memoryMib } from '../../lib/config/quantities';
import { testConfig } from '../helpers/config';
import { type AnyDocument, documentOf } from '../helpers/manifests';

const { manifests } = renderManifests(testConfig());

describe('the quota', () => {
  const hard = (...config: Parameters<typeof testConfig>) =>
    documentOf(renderManifests(testConfig(...config)).manifests, 'ResourceQuota', 'llm-cost-ops').spec.hard;

  it('holds twice what all pods come to at full scale', () => {
    const deployments = manifests
      .map(({ document }) => document as AnyDocument)
      .filter(({ kind }) => kind === 'Deployment');
    const demand = deployments.map(({ metadata, spec }) => {
      const replicas = metadata.name === 'llm-cost-ops-api' ? 50 : spec.replicas;
      const sum = (read: (container: AnyDocument) => number) =>
        replicas * spec.template.spec.containers.map(read).reduce((a: number, b: number) => a + b, 0);
      return {
        replicas,
        cpu: sum(({ resources }) => cpuMillis(resources.requests.cpu)),
        memory: sum(({ resources }) => memoryMib(resources.limits.memory)),
      };
    });
    const total = (key: 'replicas' | 'cpu' | 'memory') => demand.reduce((sum, item) => sum + item[key], 0);
    // Beside the Deployments: two pods of the CronJob, 50m and 128Mi each.
    expect(hard()).toMatchObject({
      pods: String(2 * (total('replicas') + 2)),
      'requests.cpu': `${2 * (total('cpu') + 100)}m`,
      'limits.memory': `${2 * (total('memory') + 256)}Mi`,
    });
    expect(total('replicas')).toBeGreaterThan(50);
  });

  it('grows with the replicas that the HPA may make', () => {
    const more = hard({
      autoscaling: { hpa: { maxReplicas: 51 } },
      database: { maxClientConnections: 1700 },
    });
    expect(cpuMillis(more['requests.cpu']) - cpuMillis(hard()['requests.cpu'])).toBe(2 * 500);
  });

  it('counts pods as large as a VPA that acts may make them, limits in proportion', () => {
    // The VPA's own pods are left out of both.
    const cluster = { verticalPodAutoscaler: true };
    const acting = hard({ cluster, autoscaling: { preset: 'vpa-acts' } });
    const passive = hard({ cluster });
    const more = (resource: string) => cpuMillis(acting[resource]) - cpuMillis(passive[resource]);
    expect(more('requests.cpu')).toBe(2 * 50 * (2000 - 500));
    expect(more('limits.cpu')).toBe(2 * 50 * (8000 - 2000));
  });

  it('leaves no way in beside the ALB', () => {
    expect(hard()).toMatchObject({ 'services.loadbalancers': '0', 'services.nodeports': '0' });
  });
});

describe('the limits of a container', () => {
  it('allow the largest container, and give default requests to those without any', () => {
    const [limit] = documentOf(manifests, 'LimitRange', 'llm-cost-ops').spec.limits;
    expect(limit).toEqual({
      type: 'Container',
      defaultRequest: { cpu: '100m', memory: '128Mi' },
      default: { cpu: '500m', memory: '512Mi' },
      max: { cpu: '2000m', memory: '2048Mi' },
    });
  });

  it('are never below their own default', () => {
    const small = { cpuLimit: '250m', memoryLimit: '384Mi', cpuRequest: '100m', memoryRequest: '320Mi' };
    const config = testConfig({ workload: small, admin: { cpuLimit: '250m', memoryLimit: '384Mi' } });
    const [{ default: byDefault, max }] = documentOf(
      renderManifests(config).manifests,
      'LimitRange',
      'llm-cost-ops',
    ).spec.limits;
    expect(cpuMillis(max.cpu)).toBeGreaterThanOrEqual(cpuMillis(byDefault.cpu));
    expect(memoryMib(max.memory)).toBeGreaterThanOrEqual(memoryMib(byDefault.memory));
  });
});

describe('priorities', () => {
  const priorityOf = (name: string) => documentOf(manifests, 'PriorityClass', name);

  it('put what answers requests before what supports it, and both before pods without a class', () => {
    const [serving, support] = ['llm-cost-ops-serving', 'llm-cost-ops-support'].map(priorityOf);
    expect(serving.value).toBeGreaterThan(support.value);
    expect(support.value).toBeGreaterThan(0);
    expect(support.preemptionPolicy).toBe('Never');
    expect([serving.globalDefault, support.globalDefault]).toEqual([false, false]);
  });

  it.each([
    ['llm-cost-ops-api', 'llm-cost-ops-serving'],
    ['llm-cost-ops-admin', 'llm-cost-ops-serving'],
  ])('of %s is %s', (name, expected) => {
    expect(documentOf(manifests, 'Deployment', name).spec.template.spec.priorityClassName).toBe(expected);
  });
});

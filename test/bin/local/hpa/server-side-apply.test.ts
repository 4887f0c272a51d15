import {
  type AppliedHpa,
  applyFields,
  type Hpa,
  type Ownership,
} from '../../../../bin/local/hpa/server-side-apply';

/** What kubernetes.io, "Server-Side Apply", says; the local HPA and the tests of the scaler rest on it. */
const LIVE: Hpa = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'api', namespace: 'default', resourceVersion: '1', annotations: { team: 'llm' } },
  spec: { minReplicas: 3, maxReplicas: 50 },
};
const OWNERS: Ownership = { argocd: ['spec.minReplicas', 'spec.maxReplicas', 'annotation:team'] };

function apply(manager: string, applied: AppliedHpa, { live = LIVE, owners = OWNERS, force = false } = {}) {
  const result = applyFields(live, owners, manager, applied, force);
  if ('conflicts' in result) throw new Error(`conflicts: ${result.conflicts.join(', ')}`);
  return result;
}

it('conflicts with the owner of a field that gets another value', () => {
  const applied = { spec: { minReplicas: 12 } };
  expect(applyFields(LIVE, OWNERS, 'scaler', applied, false)).toEqual({
    conflicts: ['spec.minReplicas: argocd'],
  });
});

it('takes such a field away from its owner by force', () => {
  const { hpa, owners } = apply('scaler', { spec: { minReplicas: 12 } }, { force: true });
  expect(hpa.spec).toEqual({ minReplicas: 12, maxReplicas: 50 });
  expect(owners).toEqual({ argocd: ['spec.maxReplicas', 'annotation:team'], scaler: ['spec.minReplicas'] });
});

it('shares a field that two managers give the same value', () => {
  const { owners } = apply('scaler', { spec: { minReplicas: 3 } });
  expect(owners).toEqual({ ...OWNERS, scaler: ['spec.minReplicas'] });
});

it('removes what its only owner applies no more', () => {
  const first = apply('scaler', { metadata: { annotations: { lease: 'x' } } });
  expect(first.hpa.metadata.annotations).toEqual({ team: 'llm', lease: 'x' });
  const second = apply('scaler', { metadata: {} }, { live: first.hpa, owners: first.owners });
  expect(second.hpa.metadata.annotations).toEqual({ team: 'llm' });
});

it('keeps what another manager applies too', () => {
  const first = apply('scaler', { metadata: { annotations: { team: 'llm' } } });
  const second = apply('scaler', {}, { live: first.hpa, owners: first.owners });
  expect(second.hpa.metadata.annotations).toEqual({ team: 'llm' });
  expect(second.owners['scaler']).toEqual([]);
});

it('gives minReplicas its default when its only owner lets it go', () => {
  const first = apply('scaler', { spec: { minReplicas: 12 } }, { force: true });
  const second = apply('scaler', {}, { live: first.hpa, owners: first.owners });
  expect(second.hpa.spec).toEqual({ minReplicas: 1, maxReplicas: 50 });
});

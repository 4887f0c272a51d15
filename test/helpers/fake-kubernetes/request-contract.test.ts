import type { ReceivedRequest } from '../fault-server';
import { identityProblem, objectProblems, requestProblem } from './request-contract';

const APPLY = 'application/apply-patch+yaml';

function request(method: string, query = '', contentType = APPLY): ReceivedRequest {
  return {
    method,
    path: '/api/v1/namespaces/app/services/api',
    query: new URLSearchParams(query),
    headers: { 'content-type': contentType },
    body: Buffer.from(''),
    hasClientCertificate: false,
  };
}

test.each([
  ['an apply', request('PATCH', 'fieldManager=me&force=true&dryRun=All')],
  ['a list', request('GET', 'labelSelector=a%3Db&limit=500')],
  ['a deletion', request('DELETE', 'propagationPolicy=Background')],
])('finds nothing against %s', (_, received) => {
  expect(requestProblem(received)).toBeUndefined();
});

test.each([
  ['an unknown parameter', request('PATCH', 'manager=me'), 'PATCH has no parameter manager'],
  ['a parameter of another verb', request('GET', 'force=true'), 'GET has no parameter force'],
  ['a value that is not allowed', request('PATCH', 'dryRun=true'), 'dryRun must not be true'],
  [
    'another media type',
    request('PATCH', '', 'application/json'),
    `an apply is ${APPLY}, not application/json`,
  ],
  ['a verb that no command sends', request('PUT'), 'the commands send no PUT'],
])('finds %s', (_, received, problem) => {
  expect(requestProblem(received)).toBe(problem);
});

const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'api', namespace: 'app' },
  spec: { ports: [{ port: 80 }] },
};
const PATH = { apiVersion: 'v1', kind: 'Service', namespace: 'app', name: 'api' };

it('finds an object that is sent to the path of another', () => {
  expect(identityProblem(SERVICE, PATH)).toBeUndefined();
  expect(identityProblem(SERVICE, { ...PATH, namespace: 'other' })).toContain(
    'namespace of the object (app)',
  );
  expect(identityProblem(SERVICE, { ...PATH, kind: 'ConfigMap' })).toContain('kind of the object (Service)');
});

it('finds fields that are unknown, missing or of another type, beside what the API server writes', () => {
  const metadata = { ...SERVICE.metadata, resourceVersion: '1', generation: 1, managedFields: [] };
  expect(objectProblems({ ...SERVICE, metadata, status: {} })).toEqual([]);
  const spec = { ports: [{ port: '80' }], colour: 'red' };
  const problems = objectProblems({ ...SERVICE, metadata, spec }).join();
  expect(problems).toContain('spec.ports.0.port must be integer');
  expect(problems).toContain('spec.colour is not a field of Service');
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 1 } };
  expect(objectProblems(deployment).join()).toContain('spec must have required property selector');
});

import type { ReceivedRequest } from '../../fault-server';
import type { Operation, ServiceModel } from './service-models';

/** An operation that a request of a REST protocol is for. */
export interface Route {
  readonly operation: Operation;
  /** Unknown and missing parameters of the query. */
  readonly problems: readonly string[];
}

/** Parameters that any request may have: the SDK's name of the operation. */
const ANY = ['x-id'];

/** The operation whose method, path and fixed query fit; the most specific one where several do. */
export function findRoute(request: ReceivedRequest, model: ServiceModel): Route | undefined {
  const found = [...model.operations.values()]
    .map((operation) => ({ operation, pattern: patternOf(operation) }))
    .filter(({ operation, pattern }) => pattern !== undefined && fits(request, operation, pattern))
    .sort((one, other) => (other.pattern?.weight ?? 0) - (one.pattern?.weight ?? 0));
  const [best] = found;
  if (!best?.pattern) return undefined;
  return { operation: best.operation, problems: queryProblems(request, best.operation, best.pattern) };
}

interface Pattern {
  readonly method: string;
  readonly path: RegExp;
  readonly fixed: readonly [string, string][];
  /** Fixed parameters count before the length of the path. */
  readonly weight: number;
}

function patternOf({ traits }: Operation): Pattern | undefined {
  const [method = '', uri = ''] = (traits['http'] as readonly [string, string] | undefined) ?? [];
  if (uri === '') return undefined;
  const [path = '', query = ''] = uri.split('?');
  const text = path.replace(/\{\w+\+\}/g, '.+').replace(/\{\w+\}/g, '[^/]+');
  const fixed = [...new URLSearchParams(query)].filter(([name]) => !ANY.includes(name));
  return { method, path: new RegExp(`^${text}/?$`), fixed, weight: fixed.length * 1_000 + path.length };
}

function fits(
  { method, path, query, headers }: ReceivedRequest,
  { input }: Operation,
  pattern: Pattern,
): boolean {
  const isS3 = (headers.authorization ?? '').includes('/s3/aws4_request');
  // Requests go to one address, so the bucket stands before the path of the model.
  if (isS3 && !(input.kind === 'structure' && input.members.has('Bucket'))) return false;
  const inService = isS3 ? path.replace(/^\/[^/]+/, '') || '/' : path;
  const hasFixed = pattern.fixed.every(
    ([name, value]) => query.has(name) && (value === '' || query.get(name) === value),
  );
  return method === pattern.method && hasFixed && pattern.path.test(inService);
}

function queryProblems({ query }: ReceivedRequest, { input }: Operation, { fixed }: Pattern): string[] {
  if (input.kind !== 'structure') return [];
  const members = [...input.members].map(([name, member]) => [name, member().traits['httpQuery']] as const);
  const known = new Set([...ANY, ...fixed.map(([name]) => name), ...members.map(([, text]) => text)]);
  const unknown = [...query.keys()].filter((name) => !known.has(name));
  const missing = members.filter(
    ([name, text]) => typeof text === 'string' && input.required.includes(name) && !query.has(text),
  );
  return [
    ...unknown.map((name) => `request?${name} is not in the model`),
    ...missing.map(([name]) => `request?${name} is required`),
  ];
}

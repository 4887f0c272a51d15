import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../k8s/manifest';
import { parseRequiredApis } from '../../k8s/validation/required-apis';
import { validateManifests } from '../../k8s/validation/validate-manifests';
import { API_NAME } from '../../lib/config/names';

/** A manifest's document for reading with dots; tests say which field they expect. */
// biome-ignore lint/suspicious/noExplicitAny: expectations are about fields of any kind
export type AnyDocument = any;

/** The document of a kind; where there are several, the one of that name, or the API's. */
export function documentOf(manifests: readonly Manifest[], kind: string, name?: string): AnyDocument {
  const ofKind = manifests.filter(({ document }) => document.kind === kind);
  const wanted = name ?? (ofKind.length > 1 ? API_NAME : undefined);
  const found = ofKind.filter(({ document }) => wanted === undefined || document.metadata?.name === wanted);
  if (found.length !== 1) throw new Error(`expected one ${kind} ${name ?? ''}, found ${found.length}`);
  return found[0]?.document;
}

/** Outputs file of a deployment, as `cdk deploy --outputs-file` writes it. */
export function outputsFile(environment = 'prod'): Record<string, Record<string, string>> {
  const stack = (name: string) => `llm-cost-ops-${environment}-${name}`;
  return {
    [stack('data')]: {
      DatabaseEndpoint: 'llm-cost-ops.proxy-abc123.us-east-1.rds.amazonaws.com',
      DatabaseUserSecretArn: 'arn:aws:secretsmanager:us-east-1:333333333333:secret:UserSecret-AbCdEf',
      DatabaseWriterSecretArn: 'arn:aws:secretsmanager:us-east-1:333333333333:secret:WriterSecret-AbCdEf',
      DatabaseAdminSecretArn: 'arn:aws:secretsmanager:us-east-1:333333333333:secret:AdminSecret-AbCdEf',
      FirstAdminKeySecretArn: 'arn:aws:secretsmanager:us-east-1:333333333333:secret:FirstAdminKey-AbCdEf',
      GatewaySecretArn: 'arn:aws:secretsmanager:us-east-1:333333333333:secret:GatewayKeys-AbCdEf',
      BudgetTopicArn: 'arn:aws:sns:us-east-1:333333333333:llm-cost-ops-prod-budgets',
      DatabaseReaderEndpoint:
        'llm-cost-ops-1.abc123.us-east-1.rds.amazonaws.com,llm-cost-ops-2.abc123.us-east-1.rds.amazonaws.com',
    },
    [stack('cache')]: { CacheEndpoint: 'clustercfg.llm-cost-ops.abc123.use1.cache.amazonaws.com' },
    [stack('ingress')]: {
      LoadBalancerArn:
        'arn:aws:elasticloadbalancing:us-east-1:333333333333:loadbalancer/app/llm-cost-ops-alb/0123456789abcdef',
      ApiTargetGroupArn:
        'arn:aws:elasticloadbalancing:us-east-1:333333333333:targetgroup/llm-api-servers/0123456789abcdef',
      AdminTargetGroupArn:
        'arn:aws:elasticloadbalancing:us-east-1:333333333333:targetgroup/admin-servers/fedcba9876543210',
      GatewayTargetGroupArn:
        'arn:aws:elasticloadbalancing:us-east-1:333333333333:targetgroup/llm-gateway/00112233445566aa',
    },
  };
}

/** A copy of the manifests with one field of one document changed, or removed with `undefined`; the path is an
 * array where keys have dots in them. */
export function changed(
  manifests: readonly Manifest[],
  kind: string,
  path: string | readonly string[],
  value: unknown,
  name?: string,
): Manifest[] {
  const copy = structuredClone(manifests) as Manifest[];
  const keys = typeof path === 'string' ? path.split('.') : [...path];
  const last = keys.pop() as string;
  const parent = keys.reduce((field, key) => field[key], documentOf(copy, kind, name));
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

/** APIs that docs/cluster-requirements.md lists. */
export const listedApis = parseRequiredApis(
  readFileSync(join(__dirname, '..', '..', 'docs', 'cluster-requirements.md'), 'utf8'),
);

/** Findings as `rule file message` lines. */
export function findings(manifests: readonly Manifest[], apis: readonly string[] = listedApis): string[] {
  return validateManifests(manifests, { listedApis: apis }).map(
    ({ rule, file, message }) => `${rule} ${file} ${message}`,
  );
}

import type { Template, TemplateResource } from '../../synth/draft-templates';
import { type Replacement, replacementOf } from './replacement-properties';

/** How a resource differs between the deployed template and the new one. */
export interface ResourceChange {
  readonly logicalId: string;
  readonly type: string;
  readonly action: 'add' | 'change' | 'replace' | 'maybe-replace' | 'remove';
  /** Names of the changed properties. */
  readonly properties: readonly string[];
  /** Whether data are lost: the resource holds data, it is replaced or removed, and nothing keeps the old one. */
  readonly losesData: boolean;
  /** Whether the change widens or narrows who may do or reach what. */
  readonly isSecurity: boolean;
}

/** Attributes of a resource that say what becomes of it. */
interface PolicyAttributes {
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Resources that hold data or keys to data; a new one in their place is empty. */
const STATEFUL =
  /^AWS::(RDS::DB(Instance|Cluster)|ElastiCache::ReplicationGroup|S3::Bucket|KMS::Key|SecretsManager::Secret|ECR::Repository|Logs::LogGroup|DynamoDB::Table|SQS::Queue|EKS::Cluster|EFS::FileSystem)$/;

/** Resources that decide who may do or reach what. */
const SECURITY =
  /^AWS::(IAM::|EC2::(SecurityGroup|NetworkAcl)|Lambda::Permission|EKS::(AccessEntry|PodIdentityAssociation)|S3::BucketPolicy|SQS::QueuePolicy|SNS::TopicPolicy|SecretsManager::ResourcePolicy|WAFv2::|ElastiCache::User)/;

/** Properties by which other resources decide the same. */
const SECURITY_PROPERTIES = ['KeyPolicy', 'PublicAccessBlockConfiguration', 'PubliclyAccessible', 'Scheme'];

/** Whether resources of a type hold data or keys to data. */
export function isStateful(type: string): boolean {
  return STATEFUL.test(type);
}

/** Differences of two templates' resources. @param before undefined: the stack does not exist */
export function templateChanges(before: Template | undefined, after: Template | undefined): ResourceChange[] {
  const old = before?.Resources ?? {};
  const wanted = after?.Resources ?? {};
  const ids = [...new Set([...Object.keys(old), ...Object.keys(wanted)])];
  return ids.flatMap((id) => resourceChange(id, old[id], wanted[id]) ?? []);
}

function resourceChange(
  logicalId: string,
  before: TemplateResource | undefined,
  after: TemplateResource | undefined,
): ResourceChange | undefined {
  const type = (after ?? before)?.Type ?? '';
  const properties = before && after ? changedProperties(before, after) : [];
  const action = actionOf(before, after, properties);
  if (action === undefined) return undefined;
  return {
    logicalId,
    type,
    action,
    properties,
    losesData: losesData(action, before),
    isSecurity: SECURITY.test(type) || properties.some((name) => SECURITY_PROPERTIES.includes(name)),
  };
}

function changedProperties(before: TemplateResource, after: TemplateResource): string[] {
  const names = new Set([...Object.keys(before.Properties ?? {}), ...Object.keys(after.Properties ?? {})]);
  return [...names].filter((name) => !isSame(before.Properties?.[name], after.Properties?.[name]));
}

function actionOf(
  before: TemplateResource | undefined,
  after: TemplateResource | undefined,
  properties: readonly string[],
): ResourceChange['action'] | undefined {
  if (!before) return after && 'add';
  if (!after) return 'remove';
  if (before.Type !== after.Type) return 'replace';
  const replacements: readonly Replacement[] = properties.map((name) => replacementOf(after.Type, name));
  if (replacements.includes('always')) return 'replace';
  if (replacements.includes('maybe')) return 'maybe-replace';
  return properties.length > 0 || !isSame(policies(before), policies(after)) ? 'change' : undefined;
}

function losesData(action: ResourceChange['action'], before: TemplateResource | undefined): boolean {
  if (!before || !isStateful(before.Type)) return false;
  const { DeletionPolicy, UpdateReplacePolicy } = policies(before);
  if (action === 'remove') return !keeps(DeletionPolicy);
  return action === 'replace' && !keeps(UpdateReplacePolicy);
}

function policies(resource: TemplateResource): PolicyAttributes {
  const { DeletionPolicy, UpdateReplacePolicy } = resource as TemplateResource & PolicyAttributes;
  return { DeletionPolicy, UpdateReplacePolicy };
}

function keeps(policy: string | undefined): boolean {
  return policy === 'Retain' || policy === 'Snapshot' || policy === 'RetainExceptOnCreate';
}

/** Equal whatever the order of the keys. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

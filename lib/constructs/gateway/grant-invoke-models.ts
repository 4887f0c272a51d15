import { Stack, Validations } from 'aws-cdk-lib';
import { Grant, type IRole } from 'aws-cdk-lib/aws-iam';

/** Rights of InvokeModel and Converse, whole and streamed. */
const INVOKE = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'];

/** Right of CountTokens, which takes a model and no profile. */
const COUNT = ['bedrock:CountTokens'];

/** Name of a cross-region inference profile: its geography, and the model behind it. */
const PROFILE = /^(us|us-gov|eu|apac|jp|au|ca|global)\.(.+)$/;

/** Models whose tokens are counted: only Anthropic's API has a route for it. */
const COUNTED = /^(anthropic\.|\*)/;

/** Models of Bedrock in a region. */
export interface BedrockModels {
  /** Region whose endpoint is called. */
  readonly region: string;
  /** Names of models and of inference profiles, in which `*` stands for any characters, or ARNs of profiles. */
  readonly names: readonly string[];
}

/**
 * Lets the role invoke the models and count their tokens. An inference profile leads to its model in regions that AWS chooses: the right to the
 * model covers every region, but only through the profile.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
 */
export function grantInvokeModels(role: IRole, models: readonly BedrockModels[]): void {
  for (const { region, names } of models) {
    const rights = names.map((name) => rightsOf(name, region, Stack.of(role)));
    grant(role, INVOKE, [...new Set(rights.flatMap(({ direct }) => direct))]);
    grant(role, COUNT, [...new Set(rights.flatMap(({ counted }) => counted))]);
    for (const { behind } of rights) {
      if (behind === null) continue;
      grant(role, INVOKE, behind.models, { ArnLike: { 'bedrock:InferenceProfileArn': behind.profile } });
    }
  }
}

function grant(
  role: IRole,
  actions: string[],
  resourceArns: readonly string[],
  conditions?: Record<string, Record<string, unknown>>,
): void {
  if (resourceArns.length === 0) return;
  for (const arn of resourceArns.filter((one) => one.includes('*'))) {
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${arn}]`,
      reason: 'Names of models are patterns of the configuration, and profiles choose the region.',
    });
  }
  Grant.addToPrincipal({
    grantee: role,
    actions,
    resourceArns: [...resourceArns],
    ...(conditions && { conditions }),
  });
}

interface Rights {
  /** ARNs that are called. */
  readonly direct: readonly string[];
  /** ARNs of the models whose tokens are counted; none where only a profile's ARN is known. */
  readonly counted: readonly string[];
  /** Models that a profile leads to; null where a model is called itself. */
  readonly behind: { readonly profile: string; readonly models: readonly string[] } | null;
}

function rightsOf(name: string, region: string, { account, partition }: Stack): Rights {
  const model = (where: string, id: string) => `arn:${partition}:bedrock:${where}::foundation-model/${id}`;
  const counted = (id: string) => (COUNTED.test(id) ? [model(region, id)] : []);
  if (name.startsWith('arn:')) {
    const behind = name.includes('inference-profile/') ? { profile: name, models: [model('*', '*')] } : null;
    return { direct: [name], counted: [], behind };
  }
  const [, geography, id = ''] = PROFILE.exec(name) ?? [];
  if (geography === undefined) {
    return { direct: [model(region, name)], counted: counted(name), behind: null };
  }
  const profile = `arn:${partition}:bedrock:${region}:${account}:inference-profile/${name}`;
  // A global profile's request has no region.
  const models = geography === 'global' ? [model('', id), model('*', id)] : [model('*', id)];
  return { direct: [profile], counted: counted(id), behind: { profile, models } };
}

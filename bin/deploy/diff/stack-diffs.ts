import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { parse } from 'yaml';
import { isMissing } from '../../aws/aws-problem';
import type { AwsSession } from '../../aws/aws-session';
import type { Template } from '../../synth/draft-templates';
import type { AssemblyStack } from '../stacks/assembly';
import { type ResourceChange, templateChanges } from './template-diff';

/** What a deployment would change in a stack. */
export interface StackDiff {
  /** Construct id, such as Network. */
  readonly id: string;
  /** Name in CloudFormation. */
  readonly stackName: string;
  /** Whether the stack would be made. */
  readonly isNew: boolean;
  readonly changes: readonly ResourceChange[];
}

/** Compares the templates of an assembly with the deployed ones. Reads only. @throws {AwsProblem} */
export async function stackDiffs(aws: AwsSession, stacks: readonly AssemblyStack[]): Promise<StackDiff[]> {
  return Promise.all(
    stacks.map(async (stack) => {
      const { id, stackName, region, template } = stack;
      const deployed = await deployedTemplate(aws, stackName, region);
      return { id, stackName, isNew: deployed === undefined, changes: templateChanges(deployed, template) };
    }),
  );
}

/** The template of a stack; undefined where there is no stack, or where it never was complete. */
export async function deployedTemplate(
  aws: AwsSession,
  target: string,
  region: string,
): Promise<Template | undefined> {
  const call = { action: 'cloudformation:GetTemplate', region, target };
  const input = { StackName: target, TemplateStage: 'Original' } as const;
  try {
    const { TemplateBody = '' } = await aws.call(CloudFormationClient, call, (client, abortSignal) =>
      client.send(new GetTemplateCommand(input), { abortSignal }),
    );
    if (TemplateBody === '') return undefined;
    const { Resources = {}, Outputs } = parsed(TemplateBody);
    return { Resources, Outputs };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The CDK writes JSON; a small template without an asset, and one by another tool, may be YAML. */
function parsed(text: string): Partial<Template> {
  return (text.startsWith('{') ? JSON.parse(text) : parse(text)) as Partial<Template>;
}

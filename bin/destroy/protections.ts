import type { CloudContext } from '../cloud/machine';
import type { LiveStack } from '../cloud/read-stack';
import { deployedTemplate } from '../deploy/diff/stack-diffs';
import type { TemplateResource } from '../synth/draft-templates';

/** Something that refuses the deletion of an environment. */
export interface Protection {
  /** What is protected: a stack, or a resource of one. */
  readonly what: string;
  /** Name of the protection. */
  readonly protection: string;
  /** Knob that switches it off. */
  readonly remedy: string;
}

interface ResourceProtection {
  readonly type: string;
  readonly isOn: (properties: Readonly<Record<string, unknown>>) => boolean;
  readonly remedy: string;
}

/** Protections of resources by their type. */
const RESOURCES: readonly ResourceProtection[] = [
  {
    type: 'AWS::RDS::DBInstance',
    isOn: ({ DeletionProtection }) => DeletionProtection === true,
    remedy: 'database: { deletionProtection: false }',
  },
  {
    type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
    isOn: ({ LoadBalancerAttributes = [] }) =>
      (LoadBalancerAttributes as readonly { readonly Key?: string; readonly Value?: string }[]).some(
        ({ Key, Value }) => Key === 'deletion_protection.enabled' && Value === 'true',
      ),
    remedy: 'terminationProtection: false',
  },
  {
    type: 'AWS::EKS::Cluster',
    isOn: ({ DeletionProtection }) => DeletionProtection === true,
    remedy: 'terminationProtection: false',
  },
];

/** Everything that protects the deployed stacks of an environment. Reads only. @throws {AwsProblem} */
export async function protections(
  { aws, config }: CloudContext,
  stacks: readonly LiveStack[],
): Promise<Protection[]> {
  const found: Protection[] = [];
  if (config.stage === 'production') {
    const remedy = "stage: 'staging', because the rules of production refuse the other values";
    found.push({ what: config.environment, protection: "stage 'production'", remedy });
  }
  for (const { stackName, region, isProtected } of stacks) {
    if (isProtected) {
      const remedy = 'terminationProtection: false';
      found.push({ what: stackName, protection: 'termination protection of the stack', remedy });
    }
    const template = await deployedTemplate(aws, stackName, region);
    const resources = Object.entries(template?.Resources ?? {});
    found.push(...resources.flatMap(([id, resource]) => resourceProtection(`${stackName}/${id}`, resource)));
  }
  return found;
}

function resourceProtection(what: string, { Type, Properties = {} }: TemplateResource): Protection[] {
  return RESOURCES.filter(({ type, isOn }) => type === Type && isOn(Properties)).map(({ remedy }) => ({
    what,
    protection: `deletion protection of ${Type}`,
    remedy,
  }));
}

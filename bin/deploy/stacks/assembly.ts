import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../cli/command';
import type { Template } from '../../synth/draft-templates';

/** A stack of a cloud assembly. */
export interface AssemblyStack {
  /** Construct id, such as Network. */
  readonly id: string;
  /** Name in CloudFormation. */
  readonly stackName: string;
  /** AWS region. */
  readonly region: string;
  /** Ids of the stacks that are deployed before it. */
  readonly dependencies: readonly string[];
  /** Whether CloudFormation is to refuse its deletion. */
  readonly isProtected: boolean;
  readonly template: Template;
}

const Artifact = z.object({
  type: z.string(),
  environment: z.string().optional(),
  dependencies: z.array(z.string()).default([]),
  properties: z
    .object({
      templateFile: z.string().optional(),
      stackName: z.string().optional(),
      terminationProtection: z.boolean().optional(),
    })
    .loose()
    .default({}),
});

const Manifest = z.object({ artifacts: z.record(z.string(), Artifact) });

/**
 * Reads the stacks of a cloud assembly in deploy order.
 * @param directory what `npm run synth` wrote to dist/<env>/cloudformation
 * @throws UsageError where it is no assembly
 */
export function readAssembly(directory: string): AssemblyStack[] {
  const { artifacts } = Manifest.parse(readJson(join(directory, 'manifest.json')));
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const ids = new Set(stacks.map(([id]) => id));
  return stacks.map(([id, { environment = '', dependencies, properties }]) => {
    const {
      templateFile = `${id}.template.json`,
      stackName = id,
      terminationProtection = false,
    } = properties;
    const { Resources = {}, Outputs } = readJson(join(directory, templateFile)) as Partial<Template>;
    return {
      id,
      stackName,
      region: environment.split('/').at(-1) ?? '',
      dependencies: dependencies.filter((one) => ids.has(one)),
      isProtected: terminationProtection,
      template: { Resources, Outputs },
    };
  });
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UsageError(
      `${path} must be part of a cloud assembly that npm run synth wrote (${(cause as Error).message})`,
      { cause },
    );
  }
}

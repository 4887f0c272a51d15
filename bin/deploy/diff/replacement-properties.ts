import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

/** Whether a change of a property makes CloudFormation replace the resource. */
export type Replacement = 'always' | 'maybe' | 'never';

/** The part that is read of the database of resource types. */
const Database = z.object({
  schema: z.object({
    resource: z.object({
      entities: z.array(
        z.object({
          cloudFormationType: z.string(),
          properties: z.record(
            z.string(),
            z.object({ causesReplacement: z.enum(['yes', 'no', 'maybe']).optional() }),
          ),
        }),
      ),
    }),
  }),
});

let types: ReadonlyMap<string, Readonly<Record<string, Replacement>>> | undefined;

/**
 * Whether a change of a property replaces a resource, from the database of CloudFormation's resource types that comes
 * with the CDK CLI; `maybe` for a type that it does not know. Custom resources decide themselves.
 */
export function replacementOf(type: string, property: string): Replacement {
  if (type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource') return 'maybe';
  types ??= readTypes();
  const properties = types.get(type);
  return properties === undefined ? 'maybe' : (properties[property] ?? 'never');
}

function readTypes(): ReadonlyMap<string, Readonly<Record<string, Replacement>>> {
  const file = join(dirname(require.resolve('aws-cdk/package.json')), 'db.json.gz');
  const { schema } = Database.parse(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')));
  const words = { yes: 'always', maybe: 'maybe', no: 'never' } as const;
  return new Map(
    schema.resource.entities.map(({ cloudFormationType, properties }) => [
      cloudFormationType,
      Object.fromEntries(
        Object.entries(properties).map(([name, { causesReplacement = 'no' }]) => [
          name,
          words[causesReplacement],
        ]),
      ),
    ]),
  );
}

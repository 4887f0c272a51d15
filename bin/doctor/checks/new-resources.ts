import type { StackTemplate } from '../../cost/resources';

/** A resource of a template. */
export interface TemplateResource {
  readonly region: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** All resources of the templates. */
export function newResources(templates: readonly StackTemplate[]): TemplateResource[] {
  return templates.flatMap(({ region, resources }) =>
    Object.values(resources).map(({ Type, Properties = {} }) => ({
      region,
      type: Type,
      properties: Properties,
    })),
  );
}

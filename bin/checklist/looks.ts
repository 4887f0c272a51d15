import { valueAt } from '../../lib/config/input';
import type { StackId } from '../../lib/config/names';
import type { TemplateResource } from '../synth/draft-templates';
import { type Check, type ChecklistContext, finding, unknown } from './item';

/** Whether a value is as it must be. */
type Test = (value: unknown) => boolean;

/** A value that is there and is not off. */
export const isSet: Test = (value) => value !== undefined && value !== null && value !== false && value !== 0;

export const is =
  (...allowed: readonly unknown[]): Test =>
  (value) =>
    allowed.includes(value);

/** A number, or the text of one, within bounds. */
export const within =
  (least: number, most = Number.POSITIVE_INFINITY): Test =>
  (value) =>
    value !== '' && Number(value) >= least && Number(value) <= most;

/** A knob of the configuration. @param path such as `database.pooler` */
export function knob(path: string, how: string, test: Test): Check {
  return {
    source: 'configuration',
    how,
    look: ({ config }) => {
      const value = valueAt(config, path);
      return finding(test(value), `${path} = ${text(value)}`);
    },
  };
}

/** Where a resource is in the templates. */
export interface ResourcePlace {
  readonly stack: StackId;
  readonly type: string;
  /** Which of them, by its properties. @default - the first one */
  readonly where?: (properties: Readonly<Record<string, unknown>>) => boolean;
}

/** A property of a resource. @param property dotted path; an attribute of a list of keys and values as `List[key]` */
export function property(place: ResourcePlace, path: string, how: string, test: Test): Check {
  return {
    source: 'template',
    how,
    look: (context) => {
      const found = resourceOf(context, place);
      if (!found)
        return finding(false, `${place.stack}: no ${place.type}${place.where ? ' of that kind' : ''}`);
      const value = propertyAt(found.resource, path);
      return finding(test(value), `${place.stack} ${found.id}: ${path} = ${text(value)}`);
    },
  };
}

/** The number of resources of a type. */
export function count(stack: StackId, type: string, least: number, how: string): Check {
  return {
    source: 'template',
    how,
    look: ({ stacks }) => {
      const resources = Object.values(stacks.find(({ id }) => id === stack)?.template.Resources ?? {});
      const number = resources.filter(({ Type }) => Type === type).length;
      return finding(number >= least, `${stack}: ${number} x ${type}`);
    },
  };
}

/** A field of a manifest. @param field dotted path */
export function field(kind: string, name: string, path: string, how: string, test: Test): Check {
  return {
    source: 'manifest',
    how,
    look: ({ documents }) => {
      const found = documents.find((one) => one.kind === kind && one.metadata?.name === name);
      if (!found) return finding(false, `no ${kind} ${name}`);
      const value = valueAt(found, path);
      return finding(test(value), `${kind} ${name}: ${path} = ${text(value)}`);
    },
  };
}

/** Text in a file of the repository: what no template shows. */
export function inFile(path: string, pattern: RegExp, how: string): Check {
  return {
    source: 'repository',
    how,
    look: ({ readText }) => {
      const content = readText(path);
      if (content === undefined) return finding(false, `no ${path}`);
      const at = content.search(pattern);
      if (at < 0) return finding(false, `${path} has no ${pattern.source}`);
      return finding(true, `${path}:${content.slice(0, at).split('\n').length}`);
    },
  };
}

/** A measurement on a page of figures. */
export interface Measurement {
  /** Command that measures it again. */
  readonly command: string;
  /** Day on which it was measured, YYYY-MM-DD. */
  readonly date: string;
  readonly page: string;
  /** Words of the page with the figure, with single spaces. */
  readonly figure: string;
}

/** A measurement that was written down; unknown where the page no longer has it. */
export function measured({ command, date, page, figure }: Measurement, how: string): Check {
  return {
    source: 'measurement',
    how: `${how} (\`${command}\`)`,
    look: ({ readText }) =>
      collapsed(readText(page) ?? '').includes(figure)
        ? finding(true, `${figure}: ${command}, ${date}, ${page}`)
        : unknown(`${page} no longer has this figure; measure it with ${command}`),
  };
}

/** One of several ways. @param choose the check of the one that the configuration takes */
export function either(how: string, choose: (context: ChecklistContext) => Check): Check {
  return {
    source: 'configuration',
    how,
    look: (context) => {
      const { source, look } = choose(context);
      return { source, ...look(context) };
    },
  };
}

function resourceOf({ stacks }: ChecklistContext, { stack, type, where = () => true }: ResourcePlace) {
  const resources = Object.entries(stacks.find(({ id }) => id === stack)?.template.Resources ?? {});
  const found = resources.find(([, { Type, Properties = {} }]) => Type === type && where(Properties));
  return found && { id: found[0], resource: found[1] };
}

function propertyAt({ Properties = {} }: TemplateResource, path: string): unknown {
  const [, list, key] = /^(\w+)\[(.+)\]$/.exec(path) ?? [];
  if (list === undefined) return valueAt(Properties, path);
  const pairs = (Properties[list] ?? []) as readonly { readonly Key: string; readonly Value: unknown }[];
  return pairs.find(({ Key }) => Key === key)?.Value;
}

/** Tables of pages are padded. */
function collapsed(page: string): string {
  return page.replace(/ +/g, ' ');
}

/** Longest value that evidence shows, characters. */
const LONGEST = 100;

function text(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > LONGEST ? `${json.slice(0, LONGEST)}…` : json;
}

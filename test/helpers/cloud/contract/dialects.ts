import type { Member } from './shapes';
import type { Dialect } from './value-problems';

/** JSON as it is. */
export const JSON_DIALECT: Dialect = {
  nameOf: (name, { traits }) => String(traits['jsonName'] ?? name),
  isText: false,
  itemsOf: (value) => (Array.isArray(value) ? value : undefined),
};

/** Form fields of the query protocol: `Tags.member.1.Key=…`, as nested objects. */
export const QUERY_DIALECT: Dialect = {
  nameOf: (name) => name,
  isText: true,
  itemsOf: (value) => numbered(value === '' ? value : fieldOf(value, 'member')),
};

/** Form fields of EC2's variant: `Filter.1.Name=…`. */
export const EC2_DIALECT: Dialect = {
  nameOf: (name, { traits }) => {
    const text = String(traits['ec2QueryName'] ?? traits['xmlName'] ?? name);
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  },
  isText: true,
  itemsOf: (value) => numbered(value),
};

/** Elements of an XML answer, repeated ones as an array. */
export const XML_DIALECT: Dialect = {
  nameOf: (name, { traits }) => String(traits['xmlName'] ?? name),
  isText: true,
  itemsOf: (value, { shape, traits }: Member) => {
    if ('xmlFlattened' in traits) return several(value);
    if (value === '') return [];
    const { traits: ofElement } = shape.kind === 'list' ? shape.element : { traits: {} };
    const name = String((ofElement as Record<string, unknown>)['xmlName'] ?? 'member');
    const items = fieldOf(value, name);
    return items === undefined ? undefined : several(items);
  },
};

function several(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.keys(value).join() === name
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** Items under 1, 2, 3, …; the empty text stands for an empty list. */
function numbered(value: unknown): readonly unknown[] | undefined {
  if (value === '') return [];
  if (typeof value !== 'object' || value === null) return undefined;
  const keys = Object.keys(value);
  return keys.every((key, index) => key === String(index + 1)) ? Object.values(value) : undefined;
}

/** Form fields by their steps, without those of the protocol. */
export function formTree(form: URLSearchParams): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (name === 'Action' || name === 'Version') continue;
    const steps = name.split('.');
    let node = root;
    for (const step of steps.slice(0, -1)) {
      node[step] ??= {};
      node = node[step] as Record<string, unknown>;
    }
    node[steps.at(-1) ?? ''] = value;
  }
  return root;
}

/** An XML document without attributes, as nested objects: texts for leaves, arrays for repeated elements. */
export function xmlTree(text: string): unknown {
  const tags = text.replace(/<\?[^>]*\?>/g, '').split(/(<[^>]+>)/);
  const stack: { name: string; children: Record<string, unknown>; text: string }[] = [
    { name: '', children: {}, text: '' },
  ];
  const close = () => {
    const { name, children, text: content } = stack.pop() ?? { name: '', children: {}, text: '' };
    const value = Object.keys(children).length > 0 ? children : content;
    const parent = stack.at(-1)?.children ?? {};
    parent[name] = name in parent ? [parent[name], value].flat() : value;
  };
  for (const tag of tags) {
    const [, isEnd, name = '', isEmpty] = /^<(\/?)([\w:]+)[^>]*?(\/?)>$/.exec(tag) ?? [];
    const top = stack.at(-1);
    if (name === '' && top) top.text += tag.trim();
    else if (isEnd) close();
    else {
      stack.push({ name, children: {}, text: '' });
      if (isEmpty) close();
    }
  }
  return stack[0]?.children;
}

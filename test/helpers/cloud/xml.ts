/** Values of an answer of AWS's query protocol: lists become `<member>` elements, undefined is left out. */
export type XmlValue =
  | string
  | number
  | boolean
  | Date
  | undefined
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

export function xmlOf(value: XmlValue, listElement = 'member'): string {
  if (value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((one) => element(listElement, one, listElement)).join('');
  if (typeof value === 'object') {
    return Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([name, one]) => element(name, one, listElement))
      .join('');
  }
  return String(value).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function element(name: string, value: XmlValue, listElement: string): string {
  return `<${name}>${xmlOf(value, listElement)}</${name}>`;
}

/** A list parameter of the query protocol: `Capabilities.member.1=…&Capabilities.member.2=…`. */
export function listOf(form: URLSearchParams, name: string): string[] {
  const values: string[] = [];
  for (let index = 1; form.has(`${name}.member.${index}`); index += 1) {
    values.push(form.get(`${name}.member.${index}`) ?? '');
  }
  return values;
}

/** A list of pairs: `Tags.member.1.Key=…&Tags.member.1.Value=…`. */
export function pairsOf(form: URLSearchParams, name: string, key: string, value: string) {
  const pairs: [string, string][] = [];
  for (let index = 1; form.has(`${name}.member.${index}.${key}`); index += 1) {
    const at = `${name}.member.${index}`;
    pairs.push([form.get(`${at}.${key}`) ?? '', form.get(`${at}.${value}`) ?? '']);
  }
  return pairs;
}

import type { ApiDocument, Operation, Parameter, Schema } from './documents';
import type { ApiExample } from './examples';

/** A section of the page: a document and its examples. */
export interface ApiSection {
  readonly title: string;
  /** First paragraph of the section. */
  readonly introduction: string;
  readonly document: ApiDocument;
  readonly examples: readonly ApiExample[];
  /** Host of the examples. */
  readonly host: string;
}

/** The routes of a document as Markdown: summary, parameters, body, an example. */
export function formatSection({ title, introduction, document, examples, host }: ApiSection): string {
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const documented = routes.filter(({ operation }) =>
    examples.some((example) => example.operation === operation.operationId),
  );
  const parts = documented.map(({ path, method, operation }) => {
    const own = examples.filter((example) => example.operation === operation.operationId);
    return [
      `### ${method} ${path}`,
      [operation.summary, operation.description].filter(Boolean).map(sentence).join(' '),
      parameterTable(operation.parameters ?? []),
      bodyTable(operation),
      ...own.map((example) => exampleOf(method, example, host)),
    ]
      .filter((part) => part !== '')
      .join('\n\n');
  });
  return [`## ${title}`, introduction, ...parts].join('\n\n');
}

function sentence(text: string | undefined): string {
  const line = (text ?? '').replaceAll('\n', ' ');
  return line.endsWith('.') ? line : `${line}.`;
}

function parameterTable(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(({ name, in: place, required, description, schema }) => [
    `\`${name}\``,
    place,
    typeOf(schema),
    required ? 'yes' : '',
    description ?? schema.description ?? '',
  ]);
  return table(['Parameter', 'In', 'Type', 'Required', 'Meaning'], rows);
}

function bodyTable({ requestBody }: Operation): string {
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
  const fields = schema?.properties ?? schema?.anyOf?.[0]?.properties;
  if (fields === undefined || Object.keys(fields).length === 0) return '';
  const required = schema?.required ?? schema?.anyOf?.[0]?.required ?? [];
  const rows = Object.entries(fields).map(([name, field]) => [
    `\`${name}\``,
    typeOf(field),
    required.includes(name) ? 'yes' : '',
    field.description ?? '',
  ]);
  return table(['Field', 'Type', 'Required', 'Meaning'], rows);
}

/** Short name of a type, such as `text or null`. */
function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'values'}`;
  const value = schema.default;
  const preset = value === undefined || typeof value === 'object' ? '' : ` (default \`${value}\`)`;
  return `${schema.type ?? 'any'}${preset}`;
}

/** A Markdown table with aligned columns, as formatters write it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) =>
    row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')),
  );
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...others] = cells;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n');
}

function exampleOf(method: string, { path, body, contentType, status }: ApiExample, host: string): string {
  const type = contentType ?? 'application/json';
  const text = typeof body === 'string' ? body : JSON.stringify(body, null, 2);
  const lines = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} '${host}${path}' -H "Authorization: Bearer $KEY"`,
    ...(body === undefined ? [] : [`  -H 'Content-Type: ${type}' -d '${text}'`]),
  ];
  return `\`\`\`sh\n${lines.join(' \\\n')}\n# ${status}\n\`\`\``;
}

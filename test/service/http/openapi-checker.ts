import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020';
import type { Answer } from './test-service';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>
  >;
}

/** An OpenAPI document of the service. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: object;
}

/** Checks answers against an OpenAPI document. */
export class OpenApiChecker {
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  private readonly validators = new Map<object, ValidateFunction>();
  private readonly routes;
  /** Operations with an answer so far, such as `GET /api/v1/requests 200`. */
  readonly seen = new Set<string>();

  constructor(private readonly document: OpenApiDocument) {
    this.routes = Object.keys(document.paths)
      // Fixed paths win over templates, as in the server.
      .sort((one, other) => one.split('{').length - other.split('{').length)
      .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`) }));
  }

  /** What is wrong with an answer; empty where it fits. */
  problems(method: string, url: string, { status, body, headers }: Omit<Answer, 'text'>): string[] {
    const path = this.routes.find(({ pattern }) => pattern.test(url.split('?')[0] ?? ''))?.path;
    const operation = path === undefined ? undefined : this.document.paths[path]?.[method.toLowerCase()];
    // Unknown routes are refused, most with 404, some for their content type or credentials.
    if (operation === undefined) return status >= 400 ? [] : [`${method} ${url} is not documented`];
    const { responses } = operation;
    const response = responses[status] ?? responses[`${Math.floor(status / 100)}XX`];
    if (response === undefined) return [`${method} ${path} ${status} is not documented`];
    this.seen.add(`${method} ${path} ${status}`);
    if (body === undefined) return [];
    const schema = Object.values(response.content ?? {})[0]?.schema;
    if (schema === undefined) return [`${method} ${path} ${status} has no schema`];
    const validate = this.validatorOf(schema);
    if (validate(body)) return [];
    const type = headers.get('content-type');
    return [`${method} ${path} ${status} (${type}): ${this.ajv.errorsText(validate.errors)}`];
  }

  private validatorOf(schema: object): ValidateFunction {
    const known = this.validators.get(schema);
    if (known !== undefined) return known;
    const made = this.ajv.compile({ ...schema, components: this.document.components });
    this.validators.set(schema, made);
    return made;
  }
}

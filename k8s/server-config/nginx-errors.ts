/**
 * Bodies of the errors that NGINX answers itself, in JSON: problem details, and on the gateway's routes the shapes of
 * OpenAI's and Anthropic's APIs, which their client libraries read. Answers of the API pass through unchanged.
 */

/** Shape of an error's body. */
export type ErrorShape = 'problem' | 'openai' | 'anthropic';

/** One error, with the words of each shape; the same as the service's own. */
interface NginxError {
  readonly title: string;
  readonly detail: string;
  /** `code` of problem details. */
  readonly code: string;
  /** `error.type` and `error.code` of OpenAI's shape. */
  readonly openai: readonly [type: string, code: string];
  /** `error.type` of Anthropic's shape. */
  readonly anthropic: string;
}

/** NGINX's own code for request headers that are too long. */
const HEADERS_TOO_LONG = 494;

const INTERNAL: NginxError = {
  title: 'Internal Server Error',
  detail: 'The request failed. Try it again.',
  code: 'internal_error',
  openai: ['server_error', 'internal_error'],
  anthropic: 'api_error',
};

/** Errors by status; the keys are those that NGINX itself answers with. */
const ERRORS: Readonly<Record<number, NginxError>> = {
  400: {
    title: 'Bad Request',
    detail: 'The request is malformed, or its headers are too long: each may have 16 KiB.',
    code: 'invalid_request',
    openai: ['invalid_request_error', 'invalid_request'],
    anthropic: 'invalid_request_error',
  },
  413: {
    title: 'Payload Too Large',
    detail: 'The body is larger than this route takes. Send a smaller one.',
    code: 'body_too_large',
    openai: ['invalid_request_error', 'request_too_large'],
    anthropic: 'request_too_large',
  },
  500: INTERNAL,
  502: {
    title: 'Bad Gateway',
    detail: 'No server could take the request, or the one that did has ended. Try it again.',
    code: 'overloaded',
    openai: ['server_error', 'overloaded'],
    anthropic: 'api_error',
  },
  503: {
    title: 'Service Unavailable',
    detail: 'No server can take the request now. Try it again.',
    code: 'overloaded',
    openai: ['server_error', 'overloaded'],
    anthropic: 'overloaded_error',
  },
  504: {
    title: 'Gateway Timeout',
    detail: 'The answer took too long. Stream long answers.',
    code: 'request_timeout',
    openai: ['server_error', 'timeout'],
    anthropic: 'timeout_error',
  },
};

/** Body of each shape; NGINX fills the variables in. None of them can hold a quote. */
const BODIES: Readonly<Record<ErrorShape, { readonly type: string; readonly body: string }>> = {
  problem: {
    type: 'application/problem+json',
    body: '{"type":"about:blank","title":"$problem_title","status":$status,"code":"$problem_code","detail":"$problem_detail","instance":"$kept_request_id"}',
  },
  openai: {
    type: 'application/json',
    body: '{"error":{"message":"$problem_detail","type":"$openai_type","param":null,"code":"$openai_code"}}',
  },
  anthropic: {
    type: 'application/json',
    body: '{"type":"error","error":{"type":"$anthropic_type","message":"$problem_detail"},"request_id":"$kept_request_id"}',
  },
};

/** Directives of the http block: variables with the words of an error, by its status. */
export function errorVariables(): string[] {
  return [
    ...variable('problem_title', ({ title }) => title),
    ...variable('problem_detail', ({ detail }) => detail),
    ...variable('problem_code', ({ code }) => code),
    ...variable('openai_type', ({ openai: [type] }) => type),
    ...variable('openai_code', ({ openai: [, code] }) => code),
    ...variable('anthropic_type', ({ anthropic }) => anthropic),
  ];
}

/** Directive of a server or a location: which shape its errors have. */
export function errorPage(shape: ErrorShape): string {
  return `error_page ${Object.keys(ERRORS).join(' ')} ${HEADERS_TOO_LONG} @${shape}_error;`;
}

/** Locations that write the bodies. `return 200` keeps the status of the error that led there. */
export function errorLocations(): string[] {
  return Object.entries(BODIES).flatMap(([shape, { type, body }]) => [
    `location @${shape}_error {`,
    `  default_type ${type};`,
    '  add_header X-Request-ID $kept_request_id always;',
    `  return 200 '${body}';`,
    '}',
  ]);
}

function variable(name: string, word: (error: NginxError) => string): string[] {
  return [
    `map $status $${name} {`,
    `  default "${word(INTERNAL)}";`,
    ...Object.entries(ERRORS).map(([status, error]) => `  ${status} "${word(error)}";`),
    '}',
  ];
}

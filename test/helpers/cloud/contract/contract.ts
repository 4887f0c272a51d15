import type { Answer, ReceivedRequest } from '../../fault-server';
import { EC2_DIALECT, formTree, JSON_DIALECT, QUERY_DIALECT, XML_DIALECT, xmlTree } from './dialects';
import { findRoute } from './rest-routes';
import { type Operation, type ServiceModel, serviceModel } from './service-models';
import { type Dialect, valueProblems } from './value-problems';

/** What a request or its answer has against the public API models. */
export function contractProblems(request: ReceivedRequest, answer: Answer): string[] {
  const service = serviceOf(request);
  const model = serviceModel(service);
  if (!model) return [`no model of the service ${service}`];
  const operation = operationOf(request, model);
  if (!operation) return [`${service} has no operation for ${request.method} ${request.path}`];
  const isRefusal = answer.status >= 300;
  const problems = [
    ...requestProblems(request, model, operation),
    ...(isRefusal ? refusalProblems(answer, model) : answerProblems(answer, model, operation)),
  ];
  return problems.map((problem) => `${service}:${operation.name}: ${problem}`);
}

/** Answers that are checked against the public API models, with the request that they are for. */
export class Contract {
  /** What was wrong so far, each once. */
  readonly violations = new Set<string>();

  /** Puts the check around a double's answers: where something is wrong the answer says so instead. */
  checked(answer: (request: ReceivedRequest) => Answer): (request: ReceivedRequest) => Answer {
    return (request) => {
      const given = answer(request);
      // A presigned address, such as the one that a custom resource answers to, is no call of an API.
      if (serviceOf(request) === '') return given;
      const problems = contractProblems(request, given);
      if (problems.length === 0) return given;
      for (const problem of problems) this.violations.add(problem);
      const message = problems.join('; ');
      return {
        status: 400,
        headers: { 'content-type': 'application/x-amz-json-1.1' },
        body: JSON.stringify({ __type: 'ContractViolation', message }),
      };
    };
  }

  /** @throws Error with all violations; a test calls it at its end */
  verify(): void {
    if (this.violations.size === 0) return;
    throw new Error(`against the public API models:\n${[...this.violations].join('\n')}`);
  }
}

function serviceOf({ headers }: ReceivedRequest): string {
  const [, service = ''] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  return service;
}

function operationOf(request: ReceivedRequest, model: ServiceModel): Operation | undefined {
  if (model.protocol.startsWith('rest-')) return findRoute(request, model)?.operation;
  const target = request.headers['x-amz-target'];
  const name = typeof target === 'string' ? target.split('.').at(-1) : formOf(request).get('Action');
  return model.operations.get(name ?? '');
}

function formOf({ body }: ReceivedRequest): URLSearchParams {
  return new URLSearchParams(body.toString());
}

function requestProblems(
  request: ReceivedRequest,
  model: ServiceModel,
  operation: Operation,
): readonly string[] {
  const check = (value: unknown, dialect: Dialect) =>
    valueProblems(value, { shape: operation.input, traits: {} }, dialect, 'request');
  switch (model.protocol) {
    case 'query':
      return check(formTree(formOf(request)), QUERY_DIALECT);
    case 'ec2':
      return check(formTree(formOf(request)), EC2_DIALECT);
    case 'json':
      return check(jsonOf(request.body), JSON_DIALECT);
    case 'rest-json':
      return [
        ...check(request.body.length > 0 ? jsonOf(request.body) : {}, JSON_DIALECT),
        ...(findRoute(request, model)?.problems ?? []),
      ];
    case 'rest-xml':
      return findRoute(request, model)?.problems ?? [];
  }
}

function answerProblems({ body = '' }: Answer, { protocol }: ServiceModel, operation: Operation): string[] {
  const output = { shape: operation.output, traits: {} };
  const text = body.toString();
  if (protocol === 'json' || protocol === 'rest-json') {
    return valueProblems(text === '' ? {} : jsonOf(text), output, JSON_DIALECT, 'answer');
  }
  if (protocol === 'rest-xml') return xmlAnswerProblems(text, operation);
  const wrapper = fieldOf(xmlTree(text), `${operation.name}Response`);
  if (wrapper === undefined) return [`the answer is no ${operation.name}Response`];
  const result = protocol === 'ec2' ? wrapper : (fieldOf(wrapper, `${operation.name}Result`) ?? '');
  return valueProblems(result, output, XML_DIALECT, 'answer');
}

/** A payload that is bytes has no shape; the root element has the name of the structure or a name of its own. */
function xmlAnswerProblems(text: string, { output }: Operation): string[] {
  const isBytes =
    output.kind === 'structure' &&
    [...output.members.values()].some((member) => 'httpPayload' in member().traits);
  if (text === '' || isBytes) return [];
  const [root] = Object.values(xmlTree(text) as Record<string, unknown>);
  return valueProblems(root ?? '', { shape: output, traits: {} }, XML_DIALECT, 'answer');
}

function refusalProblems({ body = '', status }: Answer, { errors, protocol }: ServiceModel): string[] {
  const text = body.toString();
  if (text === '' && status === 404) return [];
  const code = errorCode(text, protocol.endsWith('json'));
  // EC2's model lists no errors.
  if (code !== undefined && (errors.has(code) || protocol === 'ec2')) return [];
  return [code === undefined ? 'the refusal has no code' : `the model has no error ${code}`];
}

function errorCode(text: string, isJson: boolean): string | undefined {
  if (!isJson) return /<Code>([^<]+)<\/Code>/.exec(text)?.[1];
  const { __type: type, code = type } = jsonOf(text) as { __type?: string; code?: string };
  return code?.split('#').at(-1);
}

function jsonOf(text: string | Buffer): unknown {
  return JSON.parse(text.toString());
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

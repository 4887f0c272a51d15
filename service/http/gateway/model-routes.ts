import type { FastifyRequest } from 'fastify';
import { allowsModel } from '../../access/allowed-models';
import { CallRefused } from '../../gateway/call';
import type { CallFormat } from '../../gateway/formats/call-format';
import type { Server } from '../server-types';
import { sendFailure } from './gateway-errors';

/** A model that the gateway lists. */
export interface ListedModel {
  readonly id: string;
  /** Name of the provider. */
  readonly provider: string;
}

export interface ModelRoutesProps {
  /** Models of the configuration. */
  readonly models: () => readonly ListedModel[];
  /** Formats of errors for both kinds of clients. */
  readonly openai: CallFormat;
  readonly anthropic: CallFormat;
}

/** Time that lists name for each model: the providers' lists have one, and clients expect it. */
const CREATED = 0;

/** `GET /models`: OpenAI's list, or Anthropic's for clients that send `anthropic-version`. */
export function modelRoutes(app: Server, props: ModelRoutesProps): void {
  const options = {
    config: { access: { roles: ['gateway'] as const } },
    schema: { hide: true },
  };
  const formatOf = (request: FastifyRequest) => (isAnthropic(request) ? props.anthropic : props.openai);
  app.get('/api/v1/models', {
    ...options,
    errorHandler: (error, request, reply) => sendFailure(error, formatOf(request), { request, reply }),
    handler: async (request) => {
      const models = props.models().filter(({ id }) => allowsModel(request.caller.allowedModels, id));
      return isAnthropic(request) ? anthropicList(models) : { object: 'list', data: models.map(openaiModel) };
    },
  });
  app.get('/api/v1/models/*', {
    ...options,
    errorHandler: (error, request, reply) => sendFailure(error, formatOf(request), { request, reply }),
    handler: async (request) => {
      const id = (request.params as { readonly '*': string })['*'];
      const model = props.models().find((one) => one.id === id);
      if (model === undefined || !allowsModel(request.caller.allowedModels, id)) throw unknown(id);
      return isAnthropic(request) ? anthropicModel(model) : openaiModel(model);
    },
  });
}

function isAnthropic({ headers }: FastifyRequest): boolean {
  return headers['anthropic-version'] !== undefined;
}

function openaiModel({ id, provider }: ListedModel) {
  return { id, object: 'model', created: CREATED, owned_by: provider };
}

function anthropicModel({ id }: ListedModel) {
  return { type: 'model', id, display_name: id, created_at: new Date(CREATED).toISOString() };
}

function anthropicList(models: readonly ListedModel[]) {
  const data = models.map(anthropicModel);
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

function unknown(id: string): CallRefused {
  const message = `The gateway lists no model '${id.slice(0, 256)}' for this key.`;
  return new CallRefused({ kind: 'not_found', code: 'model_not_found', message });
}

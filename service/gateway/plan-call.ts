import { allowsModel } from '../access/allowed-models';
import { textProblem } from '../requests/record/text';
import { CallRefused, type GatewayCall, type PlannedCall } from './call';
import { type CallFacts, type FormatName, InvalidCallError } from './formats/call-format';
import { FORMATS } from './formats/formats';
import type { ModelRoutes, ResolvedModel, Target } from './upstream/model-routes';

export interface PlanProps {
  readonly models: ModelRoutes;
  /** Whether a provider takes calls of a format. */
  readonly speaks: (target: Target, format: FormatName) => boolean;
}

/** Longest id of a user, characters; a check of the column holds the same bound. */
const MAX_USER = 128;

/**
 * Reads what the gateway needs of a call and decides which models may answer it.
 * @throws CallRefused for a body without a model, an unknown model, or one that the key may not use
 */
export function planCall(call: GatewayCall, props: PlanProps): PlannedCall {
  const { caller } = call;
  const facts = readFacts(call);
  const projectId = caller.principal.projectId;
  if (projectId === null) {
    const message =
      'A key of the organisation calls no models: use a key of a project with the role gateway.';
    throw new CallRefused({ kind: 'permission', code: 'no_project', message });
  }
  if (!allowsModel(caller.allowedModels, facts.model)) {
    const message = `This key may not use the model '${facts.model}'. It may use: ${caller.allowedModels?.join(', ') || 'none'}.`;
    throw new CallRefused({ kind: 'permission', code: 'model_not_allowed', message, param: 'model' });
  }
  const resolved = props.models.resolve(facts.model);
  const targets =
    resolved === undefined ? [] : resolved.targets.filter((one) => props.speaks(one, call.format.name));
  const [first, ...others] = targets;
  if (resolved === undefined) throw noProvider(facts);
  if (first === undefined) throw otherApi(call, facts, resolved, props);
  return {
    ...call,
    ...{ projectId, facts, resolved },
    targets: [first, ...others],
    userId: userOf(call, facts),
    cacheKey: isKept(call, facts) ? keyOf(call, projectId, first) : null,
  };
}

function readFacts({ read }: GatewayCall): CallFacts {
  try {
    return read.facts;
  } catch (error) {
    if (!(error instanceof InvalidCallError)) throw error;
    const { message, param } = error;
    throw new CallRefused({
      ...{ kind: 'invalid_request', code: 'invalid_request', message },
      ...(param !== null && { param }),
    });
  }
}

function noProvider({ model }: CallFacts): CallRefused {
  const message = `No provider of the gateway has the model '${model}'. GET /api/v1/models lists those that it names.`;
  return new CallRefused({ kind: 'not_found', code: 'model_not_found', message, param: 'model' });
}

/** The model is there, at a provider that speaks another API than the caller: its routes are named. */
function otherApi(
  { format }: GatewayCall,
  { model }: CallFacts,
  { targets: [target] }: ResolvedModel,
  { speaks }: PlanProps,
): CallRefused {
  const others = Object.values(FORMATS).filter(({ name }) => speaks(target, name));
  const routes = others.map(({ path }) => `POST /api/v1${path}`).join(' or ');
  const message = `The provider of '${model}' takes no calls of ${format.path}. ${routes === '' ? 'Ask for another model.' : `Call this model by ${routes}, with a client of that API.`}`;
  return new CallRefused({ kind: 'not_found', code: 'model_not_found', message, param: 'model' });
}

/** The user that a header names, or the body, or the key. */
function userOf({ user, caller }: GatewayCall, facts: CallFacts): string {
  const named = user ?? facts.user ?? '';
  if (named !== '' && named.length <= MAX_USER && textProblem(named) === undefined) return named;
  return caller.keyName.slice(0, MAX_USER);
}

function isKept({ caller, cacheWish }: GatewayCall, { cacheability }: CallFacts): boolean {
  if (cacheWish === 'no-store' || cacheability === 'never' || caller.answerCaching === 'off') return false;
  return cacheability === 'default' || caller.answerCaching === 'all';
}

/**
 * Key of a kept answer: everything that can change it, and the project, so that no project sees another's. What cannot
 * change it, such as `stream`, is left out by the format.
 */
function keyOf({ format, read, headers }: GatewayCall, projectId: string, target: Target): string {
  const { provider, model } = target;
  const [version = '', beta = ''] = [headers['anthropic-version'], headers['anthropic-beta']];
  return read.cacheKey([projectId, provider, model, format.name, version, beta]);
}

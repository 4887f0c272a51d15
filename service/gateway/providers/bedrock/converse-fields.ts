import { isJsonObject, type JsonObject, textIn } from '../../formats/json';
import { unsupported } from './unsupported';

/** Part of a request to Converse that follows from one field of a chat. */
type Part = Readonly<Record<string, unknown>>;

/** Translates the value of a field, which is not null. @throws {ProviderError} of kind `unsupported` */
type Translate = (value: unknown, field: string) => Part;

/** A field that the gateway itself reads, or that the address or the messages hold. */
const elsewhere: Translate = () => ({});

/** A field that may have the one value that changes nothing. */
function onlyIf(isNeutral: (value: unknown) => boolean): Translate {
  return (value, field) => {
    if (isNeutral(value)) return {};
    throw unsupported(field);
  };
}

/** A field of `inferenceConfig`. */
function inference(name: string): Translate {
  return (value) => ({ inferenceConfig: { [name]: value } });
}

/** Tiers of OpenAI's API that Bedrock has too; `auto` is its default. */
const TIERS: Readonly<Record<string, Part>> = {
  auto: {},
  default: { serviceTier: { type: 'default' } },
  flex: { serviceTier: { type: 'flex' } },
  priority: { serviceTier: { type: 'priority' } },
};

/**
 * Fields of a chat and what becomes of them. A field that is not here is refused.
 *
 * Source: platform.openai.com/docs/api-reference/chat/create and
 * docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
const FIELDS: Readonly<Record<string, Translate>> = {
  model: elsewhere,
  messages: elsewhere,
  stream: elsewhere,
  tools: elsewhere,
  tool_choice: elsewhere,
  // The user is in the ledger; the cache's key is a hint that changes no answer.
  user: elsewhere,
  safety_identifier: elsewhere,
  prompt_cache_key: elsewhere,
  stream_options: (value) => {
    for (const name of Object.keys(isJsonObject(value) ? value : {})) {
      const isKnown = name === 'include_usage' || name === 'include_obfuscation';
      if (!isKnown) throw unsupported(`stream_options.${name}`);
    }
    return {};
  },
  max_tokens: inference('maxTokens'),
  max_completion_tokens: inference('maxTokens'),
  temperature: inference('temperature'),
  top_p: inference('topP'),
  stop: (value) => ({ inferenceConfig: { stopSequences: typeof value === 'string' ? [value] : value } }),
  metadata: (value) => ({ requestMetadata: value }),
  service_tier: (value, field) => {
    const tier = Object.hasOwn(TIERS, String(value)) ? TIERS[String(value)] : undefined;
    if (tier === undefined) throw unsupported(field, 'it must be auto, default, flex or priority');
    return tier;
  },
  response_format: responseFormat,
  n: onlyIf((value) => value === 1),
  frequency_penalty: onlyIf((value) => value === 0),
  presence_penalty: onlyIf((value) => value === 0),
  logprobs: onlyIf((value) => value === false),
  logit_bias: onlyIf((value) => isJsonObject(value) && Object.keys(value).length === 0),
  store: onlyIf((value) => value === false),
  parallel_tool_calls: onlyIf((value) => value === true),
  modalities: onlyIf((value) => Array.isArray(value) && value.every((one) => one === 'text')),
};

/** What a chat's fields but its messages and tools become. @throws {ProviderError} of kind `unsupported` */
export function translateFields(body: JsonObject): JsonObject {
  let request: JsonObject = {};
  for (const [field, value] of Object.entries(body)) {
    if (value === null) continue;
    const translate = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
    if (translate === undefined) throw unsupported(field);
    const { inferenceConfig, ...part } = translate(value, field);
    request = { ...request, ...part };
    if (inferenceConfig === undefined) continue;
    request = {
      ...request,
      inferenceConfig: { ...asObject(request['inferenceConfig']), ...asObject(inferenceConfig) },
    };
  }
  // The newer name of the limit wins where a chat has both.
  const limit = body['max_completion_tokens'];
  if (typeof limit !== 'number') return request;
  return { ...request, inferenceConfig: { ...asObject(request['inferenceConfig']), maxTokens: limit } };
}

/**
 * Structured output.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_OutputFormat.html and
 * API_runtime_JsonSchemaDefinition.html
 */
function responseFormat(value: unknown, field: string): Part {
  const format = asObject(value);
  if (format['type'] === 'text') return {};
  const { schema, name, description } = asObject(format['json_schema']);
  if (format['type'] !== 'json_schema' || !isJsonObject(schema)) {
    throw unsupported(`${field}.type`, "it must be 'text', or 'json_schema' with a schema");
  }
  const jsonSchema = {
    schema: JSON.stringify(schema),
    ...(typeof name === 'string' && { name }),
    ...(typeof description === 'string' && { description }),
  };
  return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } };
}

/**
 * A chat's tools.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html
 * @returns undefined where the chat has none, or may not call them
 */
export function toolConfig(body: JsonObject): JsonObject | undefined {
  const { tools, tool_choice: choice } = body;
  if (!Array.isArray(tools) || tools.length === 0 || choice === 'none') return undefined;
  const specs = tools.map((tool: unknown, index) => toolSpec(asObject(tool), `tools[${index}]`));
  return { tools: specs, ...toolChoice(choice) };
}

function toolSpec(tool: JsonObject, place: string): JsonObject {
  if (tool['type'] !== 'function') throw unsupported(`${place}.type`, "it must be 'function'");
  const { name, description, parameters, strict, ...others } = asObject(tool['function']);
  const [other] = Object.keys(others);
  if (other !== undefined) throw unsupported(`${place}.function.${other}`);
  return {
    toolSpec: {
      name,
      ...(typeof description === 'string' && description !== '' && { description }),
      inputSchema: { json: parameters ?? { type: 'object', properties: {} } },
      ...(typeof strict === 'boolean' && { strict }),
    },
  };
}

function toolChoice(choice: unknown): JsonObject {
  if (choice === undefined || choice === null) return {};
  if (choice === 'auto') return { toolChoice: { auto: {} } };
  if (choice === 'required') return { toolChoice: { any: {} } };
  const name = textIn(asObject(asObject(choice)['function']), 'name');
  if (name === undefined)
    throw unsupported('tool_choice', "it must be 'auto', 'required', 'none' or a function");
  return { toolChoice: { tool: { name } } };
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

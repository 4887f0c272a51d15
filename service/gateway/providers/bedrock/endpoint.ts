/** Where the calls of a model go. */
export interface BedrockEndpoint {
  /** Origin, such as `https://bedrock-runtime.eu-central-1.amazonaws.com`. */
  readonly origin: string;
  /** Path before `/model`; empty at AWS. */
  readonly basePath: string;
}

/** Operations of Bedrock's runtime that the gateway calls. */
export type BedrockOperation =
  | 'invoke'
  | 'invoke-with-response-stream'
  | 'converse'
  | 'converse-stream'
  | 'count-tokens';

/**
 * The endpoint of a region, or another address such as that of an interface endpoint.
 *
 * Source: docs.aws.amazon.com/general/latest/gr/bedrock.html; regions of China have a suffix of their own.
 * @param baseUrl null for the region's own endpoint
 */
export function bedrockEndpoint(region: string, baseUrl: string | null): BedrockEndpoint {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = new URL(baseUrl ?? `https://bedrock-runtime.${region}.${suffix}`);
  return { origin: url.origin, basePath: url.pathname.replace(/\/$/, '') };
}

/**
 * The path of an operation, as it goes over the wire: the model's name is encoded once, also the colons and slashes of
 * ARNs and inference profiles. The signature encodes it a second time by itself.
 *
 * Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
 * @param model id of a model or of an inference profile, or an ARN
 */
export function bedrockPath(basePath: string, model: string, operation: BedrockOperation): string {
  const encoded = encodeURIComponent(model).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${basePath}/model/${encoded}/${operation}`;
}

// @ts-check
/**
 * Lets the floor of the HPA go once its lease has run out: the last line of defence when neither the scaler nor its
 * switch in AWS is there any more. Runs as a CronJob; shares no code with the scaler, so that one fault cannot take
 * both. Ends with 0 when the floor is as it should be, with 1 when it could not see to that.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

/** Where Kubernetes puts the token and the certificate of its API. */
const DEFAULT_CREDENTIALS = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Longest wait for an answer of the Kubernetes API, ms. */
const TIMEOUT_MS = 10_000;

/** Tries when somebody else changes the HPA in between. */
const TRIES = 3;

/**
 * What to do about an HPA. Without a lease a `minReplicas` above the base is a person's, and kept; one below the base
 * is an old base that a GitOps tool was told to leave alone, and raised.
 * @param {any} hpa HorizontalPodAutoscaler of autoscaling/v2
 * @param {number} now ms since 1970
 * @param {string} leaseAnnotation name of the scaler's annotation
 * @param {number} base `minReplicas` of the manifests
 * @returns {{ outcome: 'kept' | 'released' | 'raised', reason: string, minReplicas: number }}
 */
function decide(hpa, now, leaseAnnotation, base) {
  const { minReplicas = 1, maxReplicas } = hpa.spec;
  const lease = hpa.metadata.annotations?.[leaseAnnotation];
  const wanted = Math.min(base, maxReplicas);
  if (lease === undefined) {
    return minReplicas < wanted
      ? { outcome: 'raised', reason: 'no lease, and below the base', minReplicas: wanted }
      : { outcome: 'kept', reason: 'no lease', minReplicas };
  }
  const expiry = Date.parse(lease);
  if (expiry > now) return { outcome: 'kept', reason: `lease until ${lease}`, minReplicas };
  // A lease that nobody can read would hold the floor for ever.
  const reason = Number.isNaN(expiry) ? `unreadable lease ${lease}` : `lease ran out at ${lease}`;
  return { outcome: 'released', reason, minReplicas: wanted };
}

/**
 * Asks the Kubernetes API.
 * @param {NodeJS.ProcessEnv} env
 * @param {'GET' | 'PATCH'} method
 * @param {string} query
 * @param {object} [body] applied server-side
 * @returns {Promise<{ status: number, json: any }>}
 */
function callApi(env, method, query, body) {
  const credentials = env.CREDENTIALS_DIRECTORY ?? DEFAULT_CREDENTIALS;
  const { promise, resolve, reject } = deferred();
  const outgoing = request(
    {
      host: env.KUBERNETES_SERVICE_HOST,
      port: env.KUBERNETES_SERVICE_PORT,
      path: `/apis/autoscaling/v2/namespaces/${env.NAMESPACE}/horizontalpodautoscalers/${env.HPA_NAME}${query}`,
      method,
      ca: readFileSync(`${credentials}/ca.crt`),
      headers: {
        authorization: `Bearer ${readFileSync(`${credentials}/token`, 'utf8').trim()}`,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/apply-patch+yaml' }),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    },
    (answer) => {
      /** @type {Buffer[]} */
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        try {
          resolve({ status: answer.statusCode ?? 0, json: JSON.parse(text) });
        } catch {
          reject(new Error(`${method} answered ${answer.statusCode} with something other than JSON`));
        }
      });
    },
  );
  outgoing.on('error', reject);
  outgoing.end(body && JSON.stringify(body));
  return promise;
}

function deferred() {
  /** @type {(value: any) => void} */
  let resolve = () => {};
  /** @type {(error: Error) => void} */
  let reject = () => {};
  const promise = new Promise((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/**
 * One look at the HPA, and the release where it is due. Applying without the scaler's annotations, under its field
 * manager, takes them away; the resource version makes the API refuse if the lease was renewed meanwhile.
 * @param {NodeJS.ProcessEnv} env
 * @param {number} now
 * @returns {Promise<{ outcome: string, [detail: string]: unknown } | undefined>} undefined: look again
 */
async function releaseOnce(env, now) {
  const { status, json: hpa } = await callApi(env, 'GET', '');
  if (status === 404) return { outcome: 'kept', reason: 'there is no HPA' };
  if (status !== 200) throw new Error(`GET answered ${status}: ${hpa.message}`);
  const leaseAnnotation = String(env.ANNOTATION_EXPIRES_AT);
  const decision = decide(hpa, now, leaseAnnotation, Number(env.BASE_MIN_REPLICAS));
  if (decision.outcome === 'kept') return decision;
  const applied = await callApi(env, 'PATCH', `?fieldManager=${env.FIELD_MANAGER}&force=true`, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      name: env.HPA_NAME,
      namespace: env.NAMESPACE,
      resourceVersion: hpa.metadata.resourceVersion,
    },
    spec: { minReplicas: decision.minReplicas },
  });
  if (applied.status === 409) return undefined;
  if (applied.status !== 200) throw new Error(`PATCH answered ${applied.status}: ${applied.json.message}`);
  if (applied.json.metadata?.annotations?.[leaseAnnotation] !== undefined) {
    throw new Error(
      `${leaseAnnotation} is still there: its owner is not the field manager ${env.FIELD_MANAGER}`,
    );
  }
  return { ...decision, from: hpa.spec.minReplicas };
}

/** @param {NodeJS.ProcessEnv} env */
async function main(env) {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const result = await releaseOnce(env, Date.now());
    if (result) return result;
  }
  throw new Error(`the HPA changed during each of ${TRIES} tries`);
}

main(process.env).then(
  (result) => console.log(JSON.stringify(result)),
  (error) => {
    console.error(JSON.stringify({ outcome: 'failed', error: String(error) }));
    process.exitCode = 1;
  },
);

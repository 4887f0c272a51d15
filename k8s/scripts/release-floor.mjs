// @ts-check
/**
 * Releases the floor of every HPA whose lease has ended: the last line of defence when neither the scaler nor its
 * switch in AWS works any more. Runs as a CronJob; shares no code with the scaler, so that one fault cannot break
 * both. Reads the HPAs from the file WORKLOADS_FILE and writes a line of JSON for each. One that fails stops no
 * other. Exit codes: 0 every floor is as it should be, 1 at least one could not be checked or released.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

/** Where Kubernetes puts the token and the certificate of its API. */
const DEFAULT_CREDENTIALS = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Longest wait for an answer of the Kubernetes API, ms. */
const TIMEOUT_MS = 10_000;

/** Tries when somebody else changes the HPA in between. */
const TRIES = 3;

/** HPAs at a time: hundreds fit into the job's deadline, and the Kubernetes API hardly notices. */
const PARALLEL = 8;

/**
 * An HPA that predictive scaling puts a floor under.
 * @typedef {object} Workload
 * @property {string} namespace
 * @property {string} hpaName
 * @property {number} baseMinReplicas `minReplicas` without a floor
 * @property {boolean} raisesToBase whether a lower `minReplicas` without a lease is raised to the base
 */

/**
 * What to do about an HPA. Without a lease a `minReplicas` above the base was set by a person and is kept; one below
 * the base is an old base that a GitOps tool was told to leave alone, and is raised where the workload says so.
 * @param {any} hpa HorizontalPodAutoscaler of autoscaling/v2
 * @param {number} now ms since 1970
 * @param {string} leaseAnnotation name of the scaler's annotation
 * @param {Workload} workload
 * @returns {{ outcome: 'kept' | 'released' | 'raised', reason: string, minReplicas: number }}
 */
function decide(hpa, now, leaseAnnotation, { baseMinReplicas, raisesToBase }) {
  const { minReplicas = 1, maxReplicas } = hpa.spec;
  const lease = hpa.metadata.annotations?.[leaseAnnotation];
  const wanted = Math.min(baseMinReplicas, maxReplicas);
  if (lease === undefined) {
    return raisesToBase && minReplicas < wanted
      ? { outcome: 'raised', reason: 'no lease, and below the base', minReplicas: wanted }
      : { outcome: 'kept', reason: 'no lease', minReplicas };
  }
  const expiry = Date.parse(lease);
  if (expiry > now) return { outcome: 'kept', reason: `lease until ${lease}`, minReplicas };
  // A lease that cannot be read would hold the floor for ever.
  const reason = Number.isNaN(expiry) ? `unreadable lease ${lease}` : `lease ended at ${lease}`;
  return { outcome: 'released', reason, minReplicas: wanted };
}

/**
 * Asks the Kubernetes API about one HPA.
 * @param {NodeJS.ProcessEnv} env
 * @param {Workload} workload
 * @param {{ method: 'GET' | 'PATCH', query?: string, body?: object }} call the body is applied server-side
 * @returns {Promise<{ status: number, json: any }>}
 */
function callApi(env, { namespace, hpaName }, { method, query = '', body }) {
  const credentials = env.CREDENTIALS_DIRECTORY ?? DEFAULT_CREDENTIALS;
  const { promise, resolve, reject } = deferred();
  const outgoing = request(
    {
      host: env.KUBERNETES_SERVICE_HOST,
      port: env.KUBERNETES_SERVICE_PORT,
      path: `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/${hpaName}${query}`,
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
 * One look at an HPA, and the release where it is due. Applying without the scaler's annotations, under its field
 * manager, removes them; the resource version makes the API refuse if the lease was renewed meanwhile.
 * @param {NodeJS.ProcessEnv} env
 * @param {Workload} workload
 * @param {number} now ms since 1970
 * @returns {Promise<{ outcome: string, [detail: string]: unknown } | undefined>} undefined: look again
 */
async function releaseOnce(env, workload, now) {
  const { status, json: hpa } = await callApi(env, workload, { method: 'GET' });
  if (status === 404) return { outcome: 'kept', reason: 'there is no HPA' };
  if (status !== 200) throw new Error(`GET answered ${status}: ${hpa.message}`);
  const leaseAnnotation = String(env.ANNOTATION_EXPIRES_AT);
  const decision = decide(hpa, now, leaseAnnotation, workload);
  if (decision.outcome === 'kept') return decision;
  const applied = await callApi(env, workload, {
    method: 'PATCH',
    query: `?fieldManager=${env.FIELD_MANAGER}&force=true`,
    body: {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: {
        name: workload.hpaName,
        namespace: workload.namespace,
        resourceVersion: hpa.metadata.resourceVersion,
      },
      spec: { minReplicas: decision.minReplicas },
    },
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

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {Workload} workload
 */
async function release(env, workload) {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const result = await releaseOnce(env, workload, Date.now());
    if (result) return result;
  }
  throw new Error(`the HPA changed during each of ${TRIES} tries`);
}

/**
 * Looks after all workloads, some at a time; `process.exitCode` says whether each of them is as it should be.
 * @param {NodeJS.ProcessEnv} env
 * @param {Workload[]} workloads
 */
async function main(env, workloads) {
  const waiting = workloads.values();
  const work = async () => {
    for (const workload of waiting) {
      const hpa = `${workload.namespace}/${workload.hpaName}`;
      try {
        console.log(JSON.stringify({ hpa, ...(await release(env, workload)) }));
      } catch (error) {
        console.error(JSON.stringify({ hpa, outcome: 'failed', error: String(error) }));
        process.exitCode = 1;
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

main(process.env, JSON.parse(readFileSync(String(process.env.WORKLOADS_FILE), 'utf8')));

// @ts-check
/**
 * Makes the certificate of a webhook's server, and tells the Kubernetes API that it is to be trusted. Runs before the
 * server, as its pod's init container: so every pod has a key of its own, no Secret holds one, nothing expires, and
 * nobody has to renew anything. Changes one field of one webhook, `caBundle`, by server-side apply.
 * Exit codes: 0 done, 1 the Kubernetes API refused; the kubelet then tries again.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { selfSignedCertificate } from './self-signed-certificate.ts';

/** Where Kubernetes puts the token and the certificate of its API. */
const DEFAULT_CREDENTIALS = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Longest wait for an answer of the Kubernetes API, ms. */
const TIMEOUT_MS = 10_000;

/**
 * Applies the authority to the webhook.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} authority PEM
 * @returns {Promise<void>} rejects where the API does not answer with 200
 */
function trust(env, authority) {
  const credentials = env.CREDENTIALS_DIRECTORY ?? DEFAULT_CREDENTIALS;
  const name = String(env.WEBHOOK_CONFIGURATION);
  const body = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [{ name: env.WEBHOOK, clientConfig: { caBundle: Buffer.from(authority).toString('base64') } }],
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: env.KUBERNETES_SERVICE_HOST,
        port: env.KUBERNETES_SERVICE_PORT,
        path: `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${name}?fieldManager=${env.FIELD_MANAGER}&force=true`,
        method: 'PATCH',
        ca: readFileSync(join(credentials, 'ca.crt')),
        headers: {
          authorization: `Bearer ${readFileSync(join(credentials, 'token'), 'utf8').trim()}`,
          accept: 'application/json',
          'content-type': 'application/apply-patch+yaml',
        },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (answer) => {
        answer.resume();
        answer.on('error', reject);
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve();
          else reject(new Error(`the Kubernetes API answered ${answer.statusCode} about ${name}`));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}

/** @param {NodeJS.ProcessEnv} env */
async function main(env) {
  const host = String(env.HOST);
  const { certificate, key } = selfSignedCertificate(host, [host]);
  await trust(env, certificate);
  const folder = String(env.CERTIFICATE_DIRECTORY);
  writeFileSync(join(folder, 'tls.crt'), certificate);
  writeFileSync(join(folder, 'tls.key'), key, { mode: 0o600 });
  console.log(JSON.stringify({ webhook: env.WEBHOOK, host, outcome: 'trusted' }));
}

main(process.env).catch((error) => {
  console.error(JSON.stringify({ webhook: process.env.WEBHOOK, outcome: 'failed', error: String(error) }));
  process.exitCode = 1;
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { NAMESPACE } from '../../../lib/config/names';
import { HTTPS_SERVICE_PORT, selectorOf, VPA_ADMISSION_NAME, VPA_WEBHOOK_PORT } from '../../components';
import { ClusterObject } from '../../constructs/cluster-object';
import { ClusterService } from '../../constructs/cluster-service';
import type { PlainContainer } from '../../constructs/hardened-pod';
import { contentHash } from '../../content-hash';
import { IMAGES, imageReference } from '../../images';
import { ADMISSION_WRITES } from './access';
import { AutoscalerPart } from './autoscaler-part';

const RBAC = 'rbac.authorization.k8s.io';
const NAME = VPA_ADMISSION_NAME;

/** Name of the webhook inside its configuration; Kubernetes wants three labels. */
const WEBHOOK = 'vpa.llm-cost-ops.internal';

/** Longest time that the creation of a pod waits for the admission controller, seconds. */
const TIMEOUT_SECONDS = 5;

const SCRIPT_FOLDER = '/opt/webhook-certificate';
const SCRIPT = 'webhook-certificate.mjs';
const SCRIPTS = Object.fromEntries(
  [SCRIPT, 'self-signed-certificate.ts'].map((file) => [
    file,
    readFileSync(join(__dirname, '..', '..', 'scripts', file), 'utf8'),
  ]),
);
const CERTIFICATE_FOLDER = '/etc/webhook-certificate';

const VOLUMES = [
  { name: 'scripts', configMap: { name: NAME } },
  { name: 'certificate', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
];
const CERTIFICATE = { name: 'certificate', mountPath: CERTIFICATE_FOLDER };

/**
 * The admission controller: it sets the recommended requests on pods while they are created, and checks
 * VerticalPodAutoscalers. The Kubernetes API calls it through a webhook, and trusts the certificate that an init
 * container makes for each pod. That container may patch this one webhook; the controller itself would need the rights
 * to create and delete any of the cluster's.
 */
export class AdmissionWebhook extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new ApiObject(this, 'Scripts', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: NAME },
      data: SCRIPTS,
    });
    this.addServer();
    new ClusterService(this, 'Service', {
      name: NAME,
      selector: selectorOf(NAME),
      ports: [{ name: 'https', port: HTTPS_SERVICE_PORT, targetPort: VPA_WEBHOOK_PORT }],
    });
    this.register();
    this.grantTrust();
  }

  private addServer(): void {
    new AutoscalerPart(this, 'Server', {
      name: NAME,
      image: IMAGES.vpaAdmissionController,
      args: [
        '--register-webhook=false',
        `--port=${VPA_WEBHOOK_PORT}`,
        `--client-ca-file=${CERTIFICATE_FOLDER}/tls.crt`,
        `--tls-cert-file=${CERTIFICATE_FOLDER}/tls.crt`,
        `--tls-private-key=${CERTIFICATE_FOLDER}/tls.key`,
      ],
      writes: ADMISSION_WRITES,
      resources: {
        requests: { cpu: '50m', memory: '96Mi' },
        limits: { cpu: '500m', memory: '256Mi' },
      },
      podAnnotations: { 'checksum/config': contentHash(SCRIPTS) },
      ports: [{ name: 'https', containerPort: VPA_WEBHOOK_PORT, protocol: 'TCP' }],
      initContainers: [certificateContainer()],
      volumes: VOLUMES,
      volumeMounts: [{ ...CERTIFICATE, readOnly: true }],
    });
  }

  /**
   * A pod that the controller does not answer about is created with the requests of its template: `Ignore`, because the
   * platform must start without an autoscaler. Until the init container has run, the API server trusts no certificate
   * and ignores the webhook, too.
   */
  private register(): void {
    new ClusterObject(this, 'Webhook', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: NAME },
      webhooks: [
        {
          name: WEBHOOK,
          admissionReviewVersions: ['v1'],
          clientConfig: { service: { name: NAME, namespace: NAMESPACE, port: HTTPS_SERVICE_PORT } },
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
          rules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
            {
              apiGroups: ['autoscaling.k8s.io'],
              apiVersions: ['v1'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['verticalpodautoscalers'],
            },
          ],
          failurePolicy: 'Ignore',
          sideEffects: 'None',
          timeoutSeconds: TIMEOUT_SECONDS,
        },
      ],
    });
  }

  private grantTrust(): void {
    const name = `${NAME}-trust`;
    new ClusterObject(this, 'TrustRole', {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        {
          apiGroups: ['admissionregistration.k8s.io'],
          resources: ['mutatingwebhookconfigurations'],
          resourceNames: [NAME],
          verbs: ['get', 'patch'],
        },
      ],
    });
    new ClusterObject(this, 'TrustBinding', {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
    });
  }
}

function certificateContainer(): PlainContainer {
  const environment = {
    WEBHOOK_CONFIGURATION: NAME,
    WEBHOOK,
    HOST: `${NAME}.${NAMESPACE}.svc`,
    CERTIFICATE_DIRECTORY: CERTIFICATE_FOLDER,
    FIELD_MANAGER: NAME,
  };
  return {
    name: 'certificate',
    image: imageReference(IMAGES.node),
    command: ['node', `${SCRIPT_FOLDER}/${SCRIPT}`],
    env: Object.entries(environment).map(([name, value]) => ({ name, value })),
    resources: {
      requests: { cpu: '50m', memory: '64Mi' },
      limits: { cpu: '500m', memory: '128Mi' },
    },
    volumeMounts: [{ name: 'scripts', mountPath: SCRIPT_FOLDER, readOnly: true }, CERTIFICATE],
  };
}

import type { ResolvedConfig } from '../lib/config/environment-config';
import { HPA_NAME, NAMESPACE, PROJECT } from '../lib/config/names';
import { scalesApi } from '../lib/config/scaled-workloads';
import { VPA_ADMISSION_NAME } from './components';
import { commonLabels } from './labels';
import type { KubernetesDocument, Manifest } from './manifest';
import { installsVpa, needsVpaAdmission } from './vpa-needs';

/** Folder, beside the manifests, of resources for Argo CD's own namespace. The kustomization does not list them. */
export const ARGO_FOLDER = 'argocd';
const ARGO_NAMESPACE = 'argocd';

/** The field that predictive scaling changes, in the form of Argo CD's `ignoreDifferences`. */
const FLOOR = {
  group: 'autoscaling',
  kind: 'HorizontalPodAutoscaler',
  name: HPA_NAME,
  namespace: NAMESPACE,
  jsonPointers: ['/spec/minReplicas'],
};

/** The field that the init container of the VPA's admission controller sets. */
const CERTIFICATE = {
  group: 'admissionregistration.k8s.io',
  kind: 'MutatingWebhookConfiguration',
  name: VPA_ADMISSION_NAME,
  jsonPointers: ['/webhooks/0/clientConfig/caBundle'],
};

/** Whether a file configures Argo CD itself, rather than being a manifest that Argo CD applies. */
export function isForArgo(fileName: string): boolean {
  return fileName.startsWith(`${ARGO_FOLDER}/`);
}

/**
 * Argo CD's Application of an environment; empty where `gitops` is null. Where predictive scaling acts on the API,
 * Argo CD ignores `spec.minReplicas` of the HPA, when it compares and when it syncs: the scaler owns that field while
 * it holds a floor. In the same way it leaves the certificate of the VPA's webhook alone.
 */
export function argoApplications(config: ResolvedConfig): Manifest[] {
  const { environment, gitops } = config;
  if (gitops === null) return [];
  const name = `${PROJECT}-${environment}`;
  const document: KubernetesDocument = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: ARGO_NAMESPACE, labels: commonLabels(environment) },
    spec: {
      project: 'default',
      source: { repoURL: gitops.repositoryUrl, targetRevision: gitops.revision, path: gitops.path },
      destination: { server: 'https://kubernetes.default.svc', namespace: NAMESPACE },
      ignoreDifferences: [
        ...(scalesApi(config) ? [FLOOR] : []),
        ...(installsVpa(config) && needsVpaAdmission(config) ? [CERTIFICATE] : []),
      ],
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ['ServerSideApply=true', 'RespectIgnoreDifferences=true', 'CreateNamespace=false'],
        retry: { limit: 5, backoff: { duration: '10s', factor: 2, maxDuration: '3m' } },
      },
    },
  };
  return [{ fileName: `${ARGO_FOLDER}/application.${name}.yaml`, document }];
}

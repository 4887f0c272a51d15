import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { NAMESPACE } from '../../lib/config/names';
import { VPA_RECOMMENDER_NAME, VPA_UPDATER_NAME } from '../components';
import { ClusterObject } from '../constructs/cluster-object';
import { IMAGES } from '../images';
import { commonLabels } from '../labels';
import { needsVpaAdmission, needsVpaUpdater } from '../vpa-needs';
import { READS, RECOMMENDER_WRITES, UPDATER_WRITES } from './vertical-pod-autoscaler/access';
import { AdmissionWebhook } from './vertical-pod-autoscaler/admission-webhook';
import { AutoscalerPart, READER_ROLE } from './vertical-pod-autoscaler/autoscaler-part';
import { addCustomResources } from './vertical-pod-autoscaler/custom-resources';

/** Enough for one namespace; upstream's requests of 500 MiB are for whole clusters. */
const RECOMMENDER_RESOURCES = {
  requests: { cpu: '50m', memory: '128Mi' },
  limits: { cpu: '500m', memory: '512Mi' },
};
const UPDATER_RESOURCES = {
  requests: { cpu: '50m', memory: '96Mi' },
  limits: { cpu: '500m', memory: '256Mi' },
};

export interface VerticalPodAutoscalerChartProps {
  /** Resolved configuration of the environment. */
  readonly config: ResolvedConfig;
}

/**
 * The Vertical Pod Autoscaler, for which AWS has no add-on: its kinds and the recommender; where the update mode acts,
 * the admission controller and the updater. They are in the platform's namespace rather than in kube-system, under its
 * network policies, quota and security level, and look after this namespace alone.
 */
export class VerticalPodAutoscalerChart extends Chart {
  constructor(scope: Construct, id: string, { config }: VerticalPodAutoscalerChartProps) {
    super(scope, id, {
      namespace: NAMESPACE,
      labels: commonLabels(config.environment),
      disableResourceNameHashes: true,
    });
    addCustomResources(this);
    new ClusterObject(this, 'Reader', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: READER_ROLE },
      rules: READS,
    });
    this.addRecommender();
    if (needsVpaUpdater(config)) this.addUpdater();
    if (needsVpaAdmission(config)) new AdmissionWebhook(this, 'Admission');
  }

  private addRecommender(): void {
    new AutoscalerPart(this, 'Recommender', {
      name: VPA_RECOMMENDER_NAME,
      image: IMAGES.vpaRecommender,
      // Pods without a VerticalPodAutoscaler are not remembered.
      args: ['--memory-saver=true'],
      resources: RECOMMENDER_RESOURCES,
      writes: RECOMMENDER_WRITES,
    });
  }

  /** `InPlaceOrRecreate` needs no feature gate since release 1.6; release 1.7 ends at a flag with its name. */
  private addUpdater(): void {
    new AutoscalerPart(this, 'Updater', {
      name: VPA_UPDATER_NAME,
      image: IMAGES.vpaUpdater,
      args: [],
      resources: UPDATER_RESOURCES,
      writes: UPDATER_WRITES,
    });
  }
}

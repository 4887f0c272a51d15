import { withBuiltImage } from '../../../bin/build-service/built-image';
import { applied } from '../../../bin/deploy/render-manifests';
import { DEPLOY_MANAGER } from '../../../bin/kubernetes/kubernetes-client';
import type { KubernetesDocument } from '../../../k8s/manifest';
import { renderManifests } from '../../../k8s/manifests';
import { parseStackOutputs } from '../../../k8s/stack-outputs';
import { OUTPUTS, type OutputName, STACK_IDS, stackName } from '../../../lib/config/names';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import type { FakeObject } from '../fake-kubernetes/fake-cluster';
import type { DeploymentWorld } from './deployment-world';
import { putStack } from './put-stack';

const ARN = 'arn:aws';
const PLACE = 'us-east-1:111111111111';

/** A value in the form of each output. */
function outputValue(name: OutputName): string {
  if (name.endsWith('TargetGroupArn')) {
    return `${ARN}:elasticloadbalancing:${PLACE}:targetgroup/${name}/0123456789abcdef`;
  }
  if (name.endsWith('SecretArn')) return `${ARN}:secretsmanager:${PLACE}:secret:${name}`;
  if (name === 'budgetTopicArn') return `${ARN}:sns:${PLACE}:budgets`;
  return `${name.toLowerCase()}.example.internal`;
}

/** Puts small stacks of dev with all outputs into the double, and the manifests into the cluster. */
export function putEnvironment({ cloud, cluster }: DeploymentWorld): readonly KubernetesDocument[] {
  const outputs: Record<string, Record<string, string>> = {};
  for (const id of STACK_IDS) {
    const own = (Object.keys(OUTPUTS) as OutputName[]).filter((name) => OUTPUTS[name].stack === id);
    const values = Object.fromEntries(own.map((name) => [OUTPUTS[name].key, outputValue(name)]));
    const Outputs = Object.fromEntries(Object.entries(values).map(([key, Value]) => [key, { Value }]));
    putStack(cloud, id, { Resources: { Queue: { Type: 'AWS::SQS::Queue' } }, Outputs });
    outputs[stackName('dev', id)] = values;
  }
  const config = withBuiltImage(loadEnvironment('dev'));
  const documents = applied(renderManifests(config, parseStackOutputs(outputs, config)).manifests);
  for (const document of documents) cluster.apply(document as FakeObject, DEPLOY_MANAGER);
  return documents;
}

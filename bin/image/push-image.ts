import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeImagesCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { imageReference } from '../../k8s/images';
import type { ResolvedImage } from '../../lib/config/environment-config';
import { writeImageFiles } from '../../lib/service-image';
import { AwsProblem } from '../aws/aws-problem';
import type { AwsSession } from '../aws/aws-session';
import { UsageError } from '../cli/command';
import { type EngineProps, runEngine } from './container-engine';

/** A repository of ECR: account, region and name. */
const ECR_REPOSITORY = /^((\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?)\/(.+)$/;

/** A registry of ECR, which takes a log-in that its API gives. */
interface EcrRepository {
  readonly registry: string;
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/**
 * Builds the image with a local engine and pushes it. An image whose tag ECR has already is not built: its tags are
 * immutable. At registries other than ECR, the engine must be logged in.
 * @throws UsageError where the engine fails, AwsProblem
 */
export async function pushImage(
  image: ResolvedImage,
  { aws, engine }: { readonly aws: AwsSession; readonly engine: EngineProps },
): Promise<'present' | 'pushed'> {
  const reference = imageReference({ ...image, digest: null });
  const ecr = ecrRepository(image.repository);
  if (ecr !== null && (await hasImage(aws, ecr, image.tag))) return 'present';
  await buildImage(reference, image, engine);
  if (ecr === null) {
    await runEngine(engine, ['push', reference]);
    return 'pushed';
  }
  await runEngine(
    engine,
    ['login', '--username', 'AWS', '--password-stdin', ecr.registry],
    await token(aws, ecr),
  );
  try {
    await runEngine(engine, ['push', reference]);
  } finally {
    // The log-in would stay in the engine's configuration file; an interrupted run ends it too.
    await runEngine({ ...engine, signal: new AbortController().signal }, ['logout', ecr.registry]);
  }
  return 'pushed';
}

async function buildImage(reference: string, image: ResolvedImage, engine: EngineProps): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'image-'));
  try {
    writeImageFiles(folder);
    await runEngine(engine, [
      'build',
      '--platform',
      `linux/${image.architecture}`,
      '--tag',
      reference,
      folder,
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ecrRepository(repository: string): EcrRepository | null {
  const [, registry, account, region, name] = ECR_REPOSITORY.exec(repository) ?? [];
  if (registry === undefined || account === undefined || region === undefined || name === undefined)
    return null;
  return { registry, account, region, name };
}

async function hasImage(
  aws: AwsSession,
  { account, region, name }: EcrRepository,
  tag: string,
): Promise<boolean> {
  const input = { registryId: account, repositoryName: name, imageIds: [{ imageTag: tag }] };
  try {
    const { imageDetails = [] } = await aws.call(
      ECRClient,
      { action: 'ecr:DescribeImages', region, target: name },
      (client, abortSignal) => client.send(new DescribeImagesCommand(input), { abortSignal }),
    );
    return imageDetails.length > 0;
  } catch (error) {
    if (!(error instanceof AwsProblem)) throw error;
    if (error.code === 'ImageNotFoundException') return false;
    if (error.code !== 'RepositoryNotFoundException') throw error;
    throw new UsageError(
      `account ${account} has no repository ${name} in ${region}; the Cluster stack creates it: deploy first`,
      { cause: error },
    );
  }
}

/** The password of a log-in at a registry; it is valid for 12 hours. */
async function token(aws: AwsSession, { region, registry }: EcrRepository): Promise<string> {
  const { authorizationData = [] } = await aws.call(
    ECRClient,
    { action: 'ecr:GetAuthorizationToken', region },
    (client, abortSignal) => client.send(new GetAuthorizationTokenCommand({}), { abortSignal }),
  );
  const encoded = authorizationData[0]?.authorizationToken ?? '';
  const [, password] = /^AWS:(.+)$/.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  if (password === undefined) throw new UsageError(`ECR gave no log-in for ${registry}; run it again`);
  return password;
}

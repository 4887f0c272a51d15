import { ACMClient, type CertificateDetail, DescribeCertificateCommand } from '@aws-sdk/client-acm';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import type { AccountCheck } from '../context';
import { type Answer, attempt, isAbsent, ok, problem } from '../finding';

/** A certificate that the configuration names. */
export interface WantedCertificate {
  readonly knob: string;
  readonly arn: string;
  readonly hosts: readonly string[];
}

type Facts = Pick<CertificateDetail, 'Status' | 'DomainName' | 'SubjectAlternativeNames' | 'NotAfter'>;

/** Certificates that exist already; the stacks create the others. Their region is a rule of the configuration. */
export const certificates: AccountCheck = {
  name: 'certificates',
  run: async ({ aws, config, surroundings }) => {
    const answers = wantedCertificates(config).map((wanted) =>
      attempt(`domain.${wanted.knob}`, async () => {
        const region = wanted.arn.split(':')[3] ?? config.region;
        const call = { action: 'acm:DescribeCertificate', region, target: wanted.arn };
        try {
          const { Certificate } = await aws.call(ACMClient, call, (client, abortSignal) =>
            client.send(new DescribeCertificateCommand({ CertificateArn: wanted.arn }), { abortSignal }),
          );
          return [certificateAnswer(wanted, Certificate, surroundings.now())];
        } catch (error) {
          if (!isAbsent(error)) throw error;
          return [certificateAnswer(wanted, undefined, surroundings.now())];
        }
      }),
    );
    return (await Promise.all(answers)).flat();
  },
};

export function wantedCertificates({ domain }: Pick<ResolvedConfig, 'domain'>): WantedCertificate[] {
  if (domain === null) return [];
  const { admin, api, app, certificateArn, cdnCertificateArn } = domain;
  return [
    { knob: 'certificateArn', arn: certificateArn, hosts: [api, admin, app] },
    { knob: 'cdnCertificateArn', arn: cdnCertificateArn, hosts: [app] },
  ].flatMap(({ arn, ...rest }) => (arn === null ? [] : [{ arn, ...rest }]));
}

/** @param facts undefined: there is no such certificate */
export function certificateAnswer(
  { arn, hosts, knob }: WantedCertificate,
  facts: Facts | undefined,
  now: Date,
): Answer {
  if (facts === undefined) {
    return problem(
      `the certificate of domain.${knob} does not exist: ${arn}`,
      `set domain.${knob}, or null to create one`,
    );
  }
  const { DomainName = '', NotAfter, Status, SubjectAlternativeNames: names = [] } = facts;
  if (Status !== 'ISSUED') {
    return problem(
      `the certificate of domain.${knob} is ${Status}, and must be ISSUED`,
      `create the DNS records that validate it: aws acm describe-certificate --certificate-arn ${arn}`,
    );
  }
  if (NotAfter !== undefined && NotAfter <= now) {
    return problem(
      `the certificate of domain.${knob} expired at ${NotAfter.toISOString()}`,
      'renew it, or set another',
    );
  }
  const missed = hosts.filter((host) => ![DomainName, ...names].some((name) => covers(name, host)));
  return missed.length === 0
    ? ok(`the certificate of domain.${knob} is issued and covers ${hosts.join(', ')}`)
    : problem(
        `the certificate of domain.${knob} does not cover ${missed.join(', ')}`,
        'request one that covers them',
      );
}

/** An asterisk stands for one label. */
function covers(name: string, host: string): boolean {
  return name === host || (name.startsWith('*.') && host.split('.').slice(1).join('.') === name.slice(2));
}

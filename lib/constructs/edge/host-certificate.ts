import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

export interface HostCertificateProps {
  /** ARN of an existing ACM certificate; null creates one. */
  readonly certificateArn: string | null;
  /** Host names that a new certificate covers. */
  readonly hosts: readonly [string, ...string[]];
  /** Zone in which a new certificate is validated; required if `certificateArn` is null. */
  readonly hostedZone: IHostedZone | null;
}

/** The TLS certificate of some hosts in the stack's region: the given one, or one validated by DNS. */
export class HostCertificate extends Construct {
  readonly certificate: ICertificate;

  constructor(scope: Construct, id: string, props: HostCertificateProps) {
    super(scope, id);
    this.certificate =
      props.certificateArn === null
        ? this.createCertificate(props)
        : Certificate.fromCertificateArn(this, 'Certificate', props.certificateArn);
  }

  private createCertificate({
    hosts: [domainName, ...others],
    hostedZone,
  }: HostCertificateProps): ICertificate {
    if (hostedZone === null) {
      throw new Error(
        `'hostedZone' must be given to create a certificate for ${domainName} (or give 'certificateArn'), got null`,
      );
    }
    return new Certificate(this, 'Certificate', {
      domainName,
      subjectAlternativeNames: others.length > 0 ? others : undefined,
      validation: CertificateValidation.fromDns(hostedZone),
    });
  }
}

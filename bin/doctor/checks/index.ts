import type { AccountCheck, LocalCheck } from '../context';
import { addOns } from './add-ons';
import { bootstrap } from './bootstrap';
import { certificates } from './certificates';
import { concurrency } from './concurrency';
import { hostedZone } from './hosted-zone';
import { image } from './image';
import { kubernetesApi } from './kubernetes-api';
import { names } from './names';
import { node } from './node';
import { placeholders } from './placeholders';
import { prefixList } from './prefix-list';
import { quotas } from './quotas';
import { rights } from './rights';
import { serviceLinkedRoles } from './service-linked-roles';
import { stacks } from './stacks';
import { zones } from './zones';

/** Checks that ask nobody. */
export const LOCAL_CHECKS: readonly LocalCheck[] = [node, placeholders];

/** Checks that ask AWS, in the order of the report. */
export const ACCOUNT_CHECKS: readonly AccountCheck[] = [
  rights,
  bootstrap,
  stacks,
  zones,
  quotas,
  concurrency,
  serviceLinkedRoles,
  names,
  hostedZone,
  certificates,
  prefixList,
  image,
  addOns,
  kubernetesApi,
];

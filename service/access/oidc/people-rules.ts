import type { Role } from '../principal';
import type { Person } from './person';

/** Who has which rights: the members of a group, the owner of an e-mail address, or one subject. */
export interface PeopleRule {
  readonly claim: 'group' | 'email' | 'subject';
  /** Value of the claim; e-mail addresses are compared in lower case. */
  readonly value: string;
  readonly roles: readonly Role[];
  /** Project, a UUID; null: the organisation, which sees all projects. */
  readonly projectId: string | null;
}

/** The rights of the people of one provider. */
export interface PeopleRules {
  readonly issuer: string;
  readonly rules: readonly PeopleRule[];
}

/** What a person may do. */
export interface PersonRights {
  readonly projectId: string | null;
  readonly roles: ReadonlySet<Role>;
}

/**
 * The rights that all fitting rules give together. A person acts for the organisation where a rule says so, otherwise for
 * the project of the first fitting rule.
 * @returns undefined where no rule fits, or the person is of another provider
 */
export function rightsOf(person: Person, { issuer, rules }: PeopleRules): PersonRights | undefined {
  if (person.issuer !== issuer) return undefined;
  const fitting = rules.filter((rule) => fits(rule, person));
  const [first] = fitting;
  if (first === undefined) return undefined;
  const projectId = fitting.some((rule) => rule.projectId === null) ? null : first.projectId;
  const roles = fitting.filter((rule) => rule.projectId === projectId).flatMap((rule) => rule.roles);
  return { projectId, roles: new Set(roles) };
}

/** Groups that a rule names. */
export function groupsOf({ rules }: Pick<PeopleRules, 'rules'>): ReadonlySet<string> {
  return new Set(rules.filter(({ claim }) => claim === 'group').map(({ value }) => value));
}

function fits({ claim, value }: PeopleRule, { email, groups, subject }: Person): boolean {
  switch (claim) {
    case 'group':
      return groups.includes(value);
    case 'email':
      return email === value.toLowerCase();
    case 'subject':
      return subject === value;
  }
}

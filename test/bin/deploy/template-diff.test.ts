import fc from 'fast-check';
import { replacementOf } from '../../../bin/deploy/diff/replacement-properties';
import { templateChanges } from '../../../bin/deploy/diff/template-diff';
import { REPLACEMENT_PROPERTIES } from '../../fixtures/replacement-properties';

function template(Type: string, Properties: Record<string, unknown>, policies: object = {}) {
  return { Resources: { It: { Type, Properties, ...policies } } };
}

const DATABASE = 'AWS::RDS::DBInstance';

it.each([
  ['another class', { DBInstanceClass: 'a' }, { DBInstanceClass: 'b' }, 'change', false],
  ['another name', { DBName: 'a' }, { DBName: 'b' }, 'replace', true],
  ['another engine', { Engine: 'a' }, { Engine: 'b' }, 'maybe-replace', false],
])('a database with %s', (_, before, after, action, losesData) => {
  const changes = templateChanges(template(DATABASE, before), template(DATABASE, after));
  expect(changes).toMatchObject([{ action, losesData, properties: Object.keys(after) }]);
});

it.each(['Retain', 'Snapshot'])('loses no data where the policy is %s', (policy) => {
  const policies = { UpdateReplacePolicy: policy, DeletionPolicy: policy };
  const before = template(DATABASE, { DBName: 'a' }, policies);
  expect(templateChanges(before, template(DATABASE, { DBName: 'b' }, policies))[0]).toMatchObject({
    action: 'replace',
    losesData: false,
  });
  expect(templateChanges(before, undefined)[0]).toMatchObject({ action: 'remove', losesData: false });
  expect(templateChanges(template(DATABASE, {}), undefined)[0]).toMatchObject({ losesData: true });
});

it.each([
  ['AWS::IAM::Role', true],
  ['AWS::EC2::SecurityGroupIngress', true],
  ['AWS::CloudWatch::Alarm', false],
])('knows whether a new %s is about rights and networks', (type, isSecurity) => {
  expect(templateChanges(undefined, template(type, {}))).toMatchObject([{ action: 'add', isSecurity }]);
});

it('does not care about the order of keys', () => {
  const before = template(DATABASE, { A: { x: 1, y: [{ a: 1, b: 2 }] } });
  expect(templateChanges(before, template(DATABASE, { A: { y: [{ b: 2, a: 1 }], x: 1 } }))).toEqual([]);
});

it('finds no difference of a template to itself', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (properties) => {
      const one = template('AWS::SQS::Queue', properties);
      expect(templateChanges(one, structuredClone(one))).toEqual([]);
    }),
  );
});

it('knows of the properties that replace what holds state, or names that others refer to', () => {
  const different = Object.entries(REPLACEMENT_PROPERTIES).flatMap(([type, properties]) =>
    properties.filter((name) => replacementOf(type, name) === 'never').map((name) => `${type}.${name}`),
  );
  expect(different).toEqual([]);
});

it('takes unknown types and custom resources for ones that may be replaced', () => {
  expect(replacementOf('AWS::New::Thing', 'Name')).toBe('maybe');
  expect(replacementOf('Custom::Migration', 'Version')).toBe('maybe');
});

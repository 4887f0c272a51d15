import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STACK_IDS } from '../../lib/config/names';
import { platformTemplates } from '../helpers/templates';

const ROOT = join(__dirname, '..', '..');
const RUNBOOK = 'docs/runbook.md';

const templates = platformTemplates();
const alarms = STACK_IDS.flatMap((id) =>
  ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
    Object.values(templates[id].findResources(type)).map(({ Properties }) => Properties),
  ),
);

/** Sections of a page by their anchors. */
function sectionsOf(page: string): Map<string, string> {
  const sections = readFileSync(join(ROOT, page), 'utf8')
    .split(/^## /m)
    .slice(1)
    // The next part's heading and introduction belong to none of them.
    .map((section) => String(section.split(/^# /m)[0]));
  return new Map(
    sections.map((section) => [String(section.split('\n')[0]).toLowerCase().replaceAll(' ', '-'), section]),
  );
}

test.each(alarms.map(({ AlarmName, AlarmDescription }) => [AlarmName, AlarmDescription]))(
  '%s leads to a section of a page',
  (_, description) => {
    const [, page, anchor] = / What to do: (docs\/[\w/-]+\.md)#([\w-]+)$/.exec(description) ?? [];
    expect([...sectionsOf(String(page)).keys()]).toContain(anchor);
  },
);

test.each([...sectionsOf(RUNBOOK)])(
  '%s says what it is, how to look into it and what to do, and an alarm leads there',
  (anchor, section) => {
    for (const part of ['Description', 'Investigation', 'Resolution']) {
      expect(section).toContain(`**${part}.**`);
    }
    expect(alarms.map(({ AlarmDescription }) => AlarmDescription)).toContainEqual(
      expect.stringMatching(new RegExp(`${RUNBOOK}#${anchor}$`)),
    );
  },
);

/** `npx tsx test/helpers/cloud/write-released.ts`, at a release: what the next one must not replace. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { releasedEnvironment } from './stateful-resources';

const path = join(__dirname, '..', '..', 'fixtures', 'released-prod.json');
writeFileSync(path, `${JSON.stringify(releasedEnvironment('prod'), null, 2)}\n`);

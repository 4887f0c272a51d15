const { readdirSync, rmSync } = require('node:fs');

/** Folder of tsx's pipes between its processes: one for each user of the machine, which no test can remove. */
const TSX_FOLDER = /^tsx-\d+$/;

/** Removes the run's temporary folder; the run fails where a test has left something in it. */
module.exports = () => {
  const folder = process.env.TMPDIR;
  const left = readdirSync(folder).filter((name) => !TSX_FOLDER.test(name));
  rmSync(folder, { recursive: true, force: true });
  if (left.length > 0) {
    throw new Error(
      `tests must remove their temporary files, ${left.length} left: ${left.slice(0, 10).join(', ')}`,
    );
  }
};

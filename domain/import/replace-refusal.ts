/** Rows of an audience that are hashes, and rows that are not; skipped ones are neither. */
interface Usable {
  accepted: number;
  rejected: number;
}

/**
 * Why a file may not become the list, in sentences for whoever sent it; null: it may. Whoever it
 * does not name is taken off, so one that is mostly something else would empty the list.
 */
export function replaceRefusal({ accepted, rejected }: Usable): string | null {
  if (accepted > rejected) return null;
  const rows = accepted + rejected;
  const why = `${usableWords(accepted, rows)}; a list is replaced only by a file of which more than half of the rows are hashes, for everybody whom it does not name is taken off.`;
  const mend =
    rows === 0
      ? 'Look whether it is the right file, and whether its map skips too much.'
      : `The errors say what is wrong with which rows: mend them and send the file again${accepted === 0 ? '' : ', or say `mode=add`, which takes the rows that are right and takes nobody off'}.`;
  return `Nothing was changed: nobody came into the list or was taken off it. ${why} ${mend}`;
}

function usableWords(accepted: number, rows: number): string {
  if (rows === 0) return 'The file has no row that is a hash of an e-mail';
  if (accepted === 0) {
    return rows === 1 ? 'Its only row is no hash' : `None of its ${String(rows)} rows is a hash`;
  }
  const are = accepted === 1 ? 'is a hash' : 'are hashes';
  return `Only ${String(accepted)} of its ${String(rows)} rows ${are}`;
}

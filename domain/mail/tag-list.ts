/**
 * The tags of a DKIM or DMARC record: `v=DMARC1; p=none`. Names in small letters, values without
 * the white space around them. Null: that is no such list, or it says a tag twice.
 */
export function readTags(record: string): ReadonlyMap<string, string> | null {
  const tags = new Map<string, string>();
  for (const part of record.split(';')) {
    const said = part.trim();
    if (said === '') continue;
    const [, name, value = ''] = /^([a-z][a-z0-9_]*)\s*=\s*(.*)$/is.exec(said) ?? [];
    if (name === undefined || tags.has(name.toLowerCase())) return null;
    tags.set(name.toLowerCase(), value);
  }
  return tags;
}

import { randomBytes } from 'node:crypto';

/**
 * A new profile's id: a UUID version 7, so ids sort by age and the older of two unknown profiles
 * is the one with the smaller id. `at` is epoch ms.
 */
export function newProfileId(at: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Math.trunc(at), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

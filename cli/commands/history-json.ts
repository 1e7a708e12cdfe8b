import { createRequire } from 'node:module';
import type { History } from '@temporalio/common/lib/proto-utils.js';

/** What is used of protobufjs: the reflected type is only handed through. */
interface ProtoJson {
  toJson: (type: unknown, message: unknown) => unknown;
  fromJson: (type: unknown, json: unknown, options: { ignoreUnknownFields: boolean }) => History;
}
interface ProtoRoot {
  lookupType: (name: string) => unknown;
}

/**
 * Protobuf's own JSON of a history, as Temporal's other tools write and read it. The SDK's function
 * of that name fails when npm installs protobufjs twice: a type must come from the same copy as the
 * code that reads it, so both are taken from where the types live.
 */
const fromCommon = createRequire(createRequire(import.meta.url).resolve('@temporalio/common'));
const fromProto = createRequire(fromCommon.resolve('@temporalio/proto'));
const protoJson = fromProto('protobufjs/ext/protojson') as ProtoJson;
const { patchProtobufRoot } = fromCommon('@temporalio/proto/lib/patch-protobuf-root') as {
  patchProtobufRoot: (root: unknown) => ProtoRoot;
};
const historyType = patchProtobufRoot(fromCommon('@temporalio/proto')).lookupType(
  'temporal.api.history.v1.History',
);

export function historyToJson(history: History): unknown {
  return protoJson.toJson(historyType, history);
}

/** A history of a newer server may hold fields that this SDK does not know. */
export function historyFromJson(json: unknown): History {
  return protoJson.fromJson(historyType, json, { ignoreUnknownFields: true });
}

import { message } from '../message.ts'
import { array, bool, int8, int16, int32, nullableString, string, struct } from '../schema.ts'

/** KIP-339. */
export const incrementalAlterConfigs = message({
  name: 'IncrementalAlterConfigs',
  apiKey: 44,
  version: 1,
  request: struct({
    resources: array(
      struct({
        type: int8,
        name: string,
        /** Operation 0 sets, 1 deletes. */
        configs: array(struct({ name: string, operation: int8, value: nullableString })),
      }),
    ),
    validateOnly: bool,
  }),
  response: struct({
    throttleMs: int32,
    resources: array(struct({ error: int16, errorMessage: nullableString, type: int8, name: string })),
  }),
})

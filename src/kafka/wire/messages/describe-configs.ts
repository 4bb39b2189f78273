import { message } from '../message.ts'
import { array, bool, int8, int16, int32, nullableArray, nullableString, string, struct } from '../schema.ts'

/** KIP-226. Source 1 is a setting of the topic itself. */
export const describeConfigs = message({
  name: 'DescribeConfigs',
  apiKey: 32,
  version: 4,
  isQuery: true,
  request: struct({
    resources: array(struct({ type: int8, name: string, keys: nullableArray(string) })),
    includeSynonyms: bool,
    includeDocumentation: bool,
  }),
  response: struct({
    throttleMs: int32,
    resources: array(
      struct({
        error: int16,
        errorMessage: nullableString,
        type: int8,
        name: string,
        configs: array(
          struct({
            name: string,
            value: nullableString,
            isReadOnly: bool,
            source: int8,
            isSensitive: bool,
            synonyms: array(struct({ name: string, value: nullableString, source: int8 })),
            type: int8,
            documentation: nullableString,
          }),
        ),
      }),
    ),
  }),
})

import { message } from '../message.ts'
import { array, int16, int32, int64, nullableBytes, nullableString, string, struct } from '../schema.ts'

/** Exactly one record batch a partition. */
export const produce = message({
  name: 'Produce',
  apiKey: 0,
  version: 9,
  request: struct({
    transactionalId: nullableString,
    acks: int16,
    timeoutMs: int32,
    topics: array(struct({ name: string, partitions: array(struct({ partition: int32, records: nullableBytes })) })),
  }),
  response: struct({
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partition: int32,
            error: int16,
            baseOffset: int64,
            /** -1 unless the topic takes the append time. */
            logAppendTimeMs: int64,
            logStartOffset: int64,
            recordErrors: array(struct({ batchIndex: int32, message: nullableString })),
            errorMessage: nullableString,
          }),
        ),
      }),
    ),
    throttleMs: int32,
  }),
})

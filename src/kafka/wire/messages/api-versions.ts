import { message } from '../message.ts'
import { array, int16, int32, string, struct, type Type, type ValueOf } from '../schema.ts'

const response = struct({
  error: int16,
  apis: array(struct({ apiKey: int16, min: int16, max: int16 })),
  throttleMs: int32,
})

const unsupportedVersion = Buffer.from('0023', 'hex')

/** A broker that does not know this version says so in the layout of version 0. */
const responseOrRefusal: Type<ValueOf<typeof response>> = {
  write: response.write,
  read: (reader) => {
    if (!reader.startsWith(unsupportedVersion)) return response.read(reader)
    reader.bytes(reader.remaining)
    return { error: 35, apis: [], throttleMs: 0 }
  },
}

/** KIP-511. */
export const apiVersions = message({
  name: 'ApiVersions',
  apiKey: 18,
  version: 3,
  isQuery: true,
  hasPlainResponseHeader: true,
  request: struct({ clientSoftwareName: string, clientSoftwareVersion: string }),
  response: responseOrRefusal,
})

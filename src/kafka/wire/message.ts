import { MalformedError, Reader } from './reader.ts'
import { skipTaggedFields, type Type } from './schema.ts'
import { Writer } from './writer.ts'

/**
 * One request with its response, in one version. Flexible versions are declared, which exist for every message here since Kafka 3.1 but for those
 * made of plain.ts, and one version is one thing to test. What a broker does not speak is found when the connection opens.
 */
export interface Message<Request, Response> extends MessageHead {
  readonly request: Type<Request>
  readonly response: Type<Response>
}

export interface MessageHead {
  readonly name: string
  readonly apiKey: number
  readonly version: number
  /** No tag section in front of the request: a message without a flexible version. */
  readonly hasPlainRequestHeader?: true
  /** The same of the answer. ApiVersions is flexible and has it, so that any client can read it (KIP-511). */
  readonly hasPlainResponseHeader?: true
  /** It changes nothing, so that an answer that is lost leaves nothing in doubt. */
  readonly isQuery?: true
}

export type RequestOf<M> = M extends { readonly request: Type<infer Request> } ? Request : never
export type ResponseOf<M> = M extends { readonly response: Type<infer Response> } ? Response : never

export function message<Request, Response>(declaration: Message<Request, Response>): Message<Request, Response> {
  return declaration
}

/** What brokers call us in their logs and quotas. */
export const clientId = 'georep'
const clientIdBytes = Buffer.from(clientId, 'utf8')

/** kafkajs's request header, version 1, with the size of it and the body in front. */
export function requestHeader(message: MessageHead, correlationId: number, body: readonly Buffer[]): Buffer {
  const size = 2 + 2 + 4 + 2 + clientIdBytes.length
  const header = Buffer.allocUnsafe(4 + size)
  header.writeInt32BE(
    body.reduce((sum, chunk) => sum + chunk.length, size),
    0,
  )
  header.writeInt16BE(message.apiKey, 4)
  header.writeInt16BE(message.version, 6)
  header.writeInt32BE(correlationId, 8)
  header.writeInt16BE(clientIdBytes.length, 12)
  clientIdBytes.copy(header, 14)
  return header
}

/** The body after kafkajs's request header, which is version 1: the tag section of version 2 comes first, where there is one. */
export function encodeRequest<Request>(
  of: Pick<MessageHead, 'hasPlainRequestHeader'> & { readonly request: Pick<Type<Request>, 'write'> },
  request: Request,
): readonly Buffer[] {
  const writer = new Writer()
  if (of.hasPlainRequestHeader !== true) writer.unsignedVarint(0)
  of.request.write(writer, request)
  return writer.finish()
}

/** @throws MalformedError when the bytes are not this response. */
export function decodeResponse<Response>(
  of: MessageHead & { readonly response: Pick<Type<Response>, 'read'> },
  payload: Buffer,
): Response {
  const reader = new Reader(payload)
  try {
    if (of.hasPlainResponseHeader !== true) skipTaggedFields(reader)
    const response = of.response.read(reader)
    if (reader.remaining > 0) throw new MalformedError(`${reader.remaining} bytes are left over`)
    return response
  } catch (error) {
    if (error instanceof MalformedError) throw new MalformedError(`${of.name} response: ${error.message}`)
    throw error
  }
}

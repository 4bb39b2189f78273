import { beforeAll, describe, expect, it } from 'vitest'
import { declaredMessages, plainFrom, readGolden, valueFrom } from '../../../test/support/wire-golden.ts'
import { decodeResponse, encodeRequest, type Message } from './message.ts'
import { MalformedError, Reader } from './reader.ts'
import { skipTaggedFields } from './schema.ts'
import { Writer } from './writer.ts'

// Recorded between georep and a real broker, and read by Kafka's own classes as well, by test/cluster/wire-golden.test.ts.
const golden = readGolden()
const cases = golden.map((exchange, index) => ({ ...exchange, title: `${exchange.message} (${index})` }))

/** Their answers carry tagged fields, which are not written. */
const hasTaggedFields = ({ message, response }: (typeof cases)[number]): boolean =>
  message === 'ApiVersions' || JSON.stringify(response.value).includes('divergingEpoch')

let messages: ReadonlyMap<string, Message<unknown, unknown>>
beforeAll(async () => {
  messages = await declaredMessages()
})

function declared(name: string): Message<unknown, unknown> {
  const message = messages.get(name)
  if (message === undefined) throw new Error(`"${name}" is not declared`)
  return message
}

it('has golden bytes for every declared message and for nothing else, in the declared version', () => {
  expect([...new Set(golden.map(({ message }) => message))].toSorted()).toEqual([...messages.keys()].toSorted())
  for (const { message, version } of golden) expect(version, message).toBe(declared(message).version)
})

it('declares each api key once', () => {
  const keys = [...messages.values()].map(({ apiKey }) => apiKey)
  expect(new Set(keys).size).toBe(keys.length)
})

describe.each(cases)('$title', (exchange) => {
  const { message, request, response } = exchange
  const answer = Buffer.from(response.hex, 'hex')

  it('encodes the request in the bytes that the broker took', () => {
    const encoded = Buffer.concat(encodeRequest(declared(message), valueFrom(request.value)))
    expect(encoded.toString('hex')).toBe(request.hex)
  })

  it('decodes the request', () => {
    const reader = new Reader(Buffer.from(request.hex, 'hex'))
    if (declared(message).hasPlainRequestHeader !== true) skipTaggedFields(reader)
    expect(plainFrom(declared(message).request.read(reader))).toEqual(request.value)
    expect(reader.remaining).toBe(0)
  })

  it('decodes the response that the broker sent', () => {
    expect(plainFrom(decodeResponse(declared(message), answer))).toEqual(response.value)
  })

  it('refuses the response when it is cut anywhere', () => {
    for (let length = 0; length < answer.length; length++) {
      expect(() => decodeResponse(declared(message), answer.subarray(0, length)), `cut at ${length}`).toThrow(
        MalformedError,
      )
    }
  })

  it('refuses the response with bytes behind it', () => {
    expect(() => decodeResponse(declared(message), Buffer.concat([answer, Buffer.alloc(1)]))).toThrow(MalformedError)
  })

  it('answers any damaged byte with a value or a MalformedError', () => {
    for (let index = 0; index < answer.length; index++) {
      for (const byte of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
        const damaged = Buffer.from(answer)
        damaged[index] = byte
        try {
          decodeResponse(declared(message), damaged)
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error
        }
      }
    }
  })
})

it.each(cases.filter((exchange) => !hasTaggedFields(exchange)))(
  'encodes the decoded response in the same bytes: $title',
  ({ message, response }) => {
    const writer = new Writer()
    if (declared(message).hasPlainResponseHeader !== true) writer.unsignedVarint(0)
    declared(message).response.write(writer, decodeResponse(declared(message), Buffer.from(response.hex, 'hex')))
    expect(Buffer.concat(writer.finish()).toString('hex')).toBe(response.hex)
  },
)

import { randomBytes } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
import { decodeResponse, encodeRequest, type Message } from '../../src/kafka/wire/message.ts'
import { Reader } from '../../src/kafka/wire/reader.ts'
import { skipTaggedFields } from '../../src/kafka/wire/schema.ts'
import { resolveKafka } from '../../src/sandbox/kafka.ts'
import { declaredMessages, plainFrom, readGolden, writeGolden, type GoldenExchange } from '../support/wire-golden.ts'
import { bodyHex, leavesOf, readByKafka, type KafkasReading } from './support/kafka-reads.ts'
import { sendRaw } from './support/raw-client.ts'
import { recordingProxy, type RecordedExchange } from './support/recording-proxy.ts'
import { machine } from './support/sandbox-deps.ts'
import { sharedClusters } from './support/sandbox.ts'
import { runWireScenario } from './support/wire-scenario.ts'

/**
 * What is on the wire between georep and a real broker, seen by a proxy that does not know the messages. With UPDATE_GOLDEN=1 it becomes the
 * golden file of src/kafka/wire/messages.test.ts; without, that file is held against the broker of today.
 */
const [host, port] = sharedClusters().east.bootstrap[0]!.split(':') as [string, string]
const broker = { host, port: Number(port) }
const isUpdate = process.env['UPDATE_GOLDEN'] === '1'

let messages: ReadonlyMap<string, Message<unknown, unknown>>
let exchanges: readonly RecordedExchange[]

beforeAll(async () => {
  messages = await declaredMessages()
  await using proxy = await recordingProxy(broker)
  await runWireScenario(proxy.port, randomBytes(4).toString('hex'), sharedClusters().east.bootstrap[0]!)
  exchanges = proxy.exchanges
  if (!isUpdate) return
  const taken = exchanges
    .map(goldenFrom)
    .filter(({ response }) => errorCodes(response.value).every((code) => code === 0))
  await writeGolden(taken)
})

function declaredOf(apiKey: number): Message<unknown, unknown> {
  const found = [...messages.values()].find((one) => one.apiKey === apiKey)
  if (found === undefined) throw new Error(`api key ${apiKey} is not declared`)
  return found
}

function goldenFrom({ apiKey, version, request, response }: RecordedExchange): GoldenExchange {
  const message = declaredOf(apiKey)
  return {
    message: message.name,
    version,
    request: { value: plainFrom(requestFrom(message, request)), hex: request.toString('hex') },
    response: { value: plainFrom(decodeResponse(message, response)), hex: response.toString('hex') },
  }
}

function requestFrom(message: Message<unknown, unknown>, bytes: Buffer): unknown {
  const reader = new Reader(bytes)
  if (message.hasPlainRequestHeader !== true) skipTaggedFields(reader)
  const value = message.request.read(reader)
  if (reader.remaining > 0) throw new Error(`${message.name} request: ${reader.remaining} bytes are left over`)
  return value
}

it('takes every declared message, in the declared version, and answers it in bytes that decode without a rest', () => {
  const seen = exchanges.map((exchange) => {
    const golden = goldenFrom(exchange)
    expect(golden.version, golden.message).toBe(declaredOf(exchange.apiKey).version)
    const encoded = Buffer.concat(
      encodeRequest(declaredOf(exchange.apiKey), requestFrom(declaredOf(exchange.apiKey), exchange.request)),
    )
    expect(encoded.toString('hex'), golden.message).toBe(golden.request.hex)
    return golden.message
  })
  expect([...new Set(seen)].toSorted()).toEqual([...messages.keys()].toSorted())
})

it('still reads the golden requests, and answers them', async () => {
  const golden = readGolden()
  const answers = await sendRaw(
    broker,
    golden.map(({ message, version, request }) => ({
      apiKey: messages.get(message)!.apiKey,
      version,
      body: Buffer.from(request.hex, 'hex'),
    })),
  )
  // Ids and epochs of the recording are gone, so that many answers are errors; these codes would mean that the request was not understood.
  const notUnderstood = [-1, 2, 35, 42, 87]
  for (const [index, { message }] of golden.entries()) {
    const codes = errorCodes(decodeResponse(messages.get(message)!, answers[index]!))
    expect(
      codes.filter((code) => notUnderstood.includes(code)),
      message,
    ).toEqual([])
  }
})

it("is read by Kafka's own classes as georep reads it, and written in the same bytes", async () => {
  const golden = readGolden()
  const signal = AbortSignal.timeout(60_000)
  const kafka = await resolveKafka(machine(), { report: () => undefined, signal })
  const readings = await readByKafka({ java: kafka.java.command, classpath: kafka.jars.classpath }, golden, messages)
  expect(readings).toHaveLength(2 * golden.length)
  for (const [index, { message, request, response }] of golden.entries()) {
    const [ofRequest, ofResponse] = readings.slice(2 * index) as [KafkasReading, KafkasReading]
    expect(leavesOf(request.value), `${message} request`).toEqual(ofRequest.leaves)
    expect(bodyHex(request.hex, messages.get(message)?.hasPlainRequestHeader), `${message} request`).toBe(ofRequest.hex)
    expect(leavesOf(response.value), `${message} response`).toEqual(ofResponse.leaves)
    const plainHeader = messages.get(message)?.hasPlainResponseHeader
    expect(bodyHex(response.hex, plainHeader), `${message} response`).toBe(ofResponse.hex)
  }
})

function errorCodes(value: unknown): readonly number[] {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === 'error' ? [inner as number] : errorCodes(inner)))
}

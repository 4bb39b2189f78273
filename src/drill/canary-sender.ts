import kafkajs, { type Message, type RecordMetadata } from 'kafkajs'
import { GeorepError, messageOf } from '../core/errors.ts'
import type { SendOutcome } from '../core/ledger.ts'
import { type Offset, offset } from '../core/offset.ts'
import type { Now, Wait } from '../core/time.ts'
import type { ClusterSettings } from '../kafka/settings.ts'
import { openCanaryClient, requestTimeoutMs } from './canary-client.ts'
import { outcomeFromError } from './canary-outcome.ts'

export type SendAnswer =
  { readonly kind: 'ok'; readonly offset: Offset } | Extract<SendOutcome, { kind: 'fail' | 'unknown' }>

/** One send under way. */
export interface Sending {
  /** Never rejects. */
  readonly answer: Promise<SendAnswer>
  /** Takes the record back. True when that was in time: then it will surely not be written. */
  readonly withdraw: () => boolean
}

/** Sends single records; each is exactly one attempt. */
export interface CanarySender {
  readonly send: (record: { readonly partition: number; readonly key: string; readonly value: Uint8Array }) => Sending
  /** Closes the connections, within `timeoutMs` however the brokers behave. */
  readonly close: (options: { readonly timeoutMs: number }) => Promise<void>
}

/**
 * A sender over an ordinary kafkajs producer, acks=all.
 *
 * Not idempotent: kafkajs 2.2.4 takes the sequence number of a failed send back (`updateSequence(…, -n)` in sendMessages) and gives it to the
 * next record. When the first request had arrived after all, the broker takes the next one for its repetition and acknowledges, with the old
 * offset, a record that it does not hold. The ledger would say "acknowledged", and the drill would report a loss that the tool made.
 *
 * @throws GeorepError "unreachable" when no broker answers, "denied" for bad credentials
 */
export async function openKafkaSender(
  settings: ClusterSettings,
  options: { readonly topic: string; readonly clientId: string; readonly now: Now; readonly wait: Wait },
): Promise<CanarySender> {
  const { topic, now, wait } = options
  const client = openCanaryClient(settings, { clientId: options.clientId, retries: 0 })
  const producer = client.kafka.producer({
    allowAutoTopicCreation: false,
    retry: { retries: 0 },
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  })
  try {
    await producer.connect()
  } catch (error) {
    client.cut()
    throw cannotConnect(settings, error)
  }

  return {
    send: ({ partition, key, value }) => {
      const lazy = lazyMessage({ partition, key, value: Buffer.from(value) }, now)
      const answer = producer.send({ topic, acks: -1, timeout: requestTimeoutMs, messages: [lazy.message] }).then(
        (metadata) => answerFromMetadata(metadata, partition),
        (error: unknown) => outcomeFromError(error, lazy.wasEncoded()),
      )
      return { answer, withdraw: lazy.withdraw }
    },
    close: async ({ timeoutMs }) => {
      const bound = new AbortController()
      const disconnected = producer.disconnect().catch(() => undefined)
      await Promise.race([disconnected, wait(timeoutMs, bound.signal).catch(() => undefined)])
      bound.abort()
      client.cut()
    },
  }
}

interface LazyMessage {
  readonly message: Message
  readonly wasEncoded: () => boolean
  readonly withdraw: () => boolean
}

/**
 * A message that tells when kafkajs takes it. The timestamp is read for the first time when the request is encoded, immediately before it is
 * written to the socket; a message withdrawn before that fails to encode, so that it cannot go out later, when a connection comes up.
 */
function lazyMessage(
  content: { readonly partition: number; readonly key: string; readonly value: Buffer },
  now: Now,
): LazyMessage {
  let timestamp: string | undefined
  let isWithdrawn = false
  return {
    message: {
      ...content,
      get timestamp() {
        if (isWithdrawn) throw new Error('withdrawn before it was sent')
        timestamp ??= now().getTime().toString()
        return timestamp
      },
    },
    wasEncoded: () => timestamp !== undefined,
    withdraw: () => {
      if (timestamp === undefined) isWithdrawn = true
      return isWithdrawn
    },
  }
}

function answerFromMetadata(metadata: readonly RecordMetadata[], partition: number): SendAnswer {
  const [only] = metadata
  const base = only?.baseOffset
  if (metadata.length !== 1 || only?.partition !== partition || base === undefined || !/^\d{1,19}$/.test(base)) {
    return { kind: 'unknown', why: 'the broker sent an answer that is none' }
  }
  return { kind: 'ok', offset: offset(BigInt(base)) }
}

function cannotConnect(settings: ClusterSettings, error: unknown): GeorepError {
  const isDenied = error instanceof kafkajs.KafkaJSSASLAuthenticationError
  return new GeorepError(
    isDenied ? 'denied' : 'unreachable',
    isDenied ? 'GR-CANARY-DENIED' : 'GR-CANARY-UNREACHABLE',
    isDenied
      ? `cluster "${settings.name}" refused the credentials of the canary`
      : `the canary cannot connect to cluster "${settings.name}"`,
    { stateNow: messageOf(error), next: `check the entry of cluster "${settings.name}" in georep.yaml`, cause: error },
  )
}

import { execFileSync } from 'node:child_process'
import { expect } from 'vitest'
import { kafkajsClient } from './kafkajs-client.ts'
import { endsOf } from './log-content.ts'
import { eventually } from './observe.ts'
import { unique } from './sandbox.ts'

/** What somebody may get to see, and where. */
export class Shown {
  readonly #texts: (readonly [string, string])[] = []

  add(where: string, text: string): void {
    this.#texts.push([where, text])
  }

  /** To be sure that it was looked at what was meant. */
  expectSeen(where: RegExp, text: string | RegExp): void {
    const found = this.#texts.filter(([place]) => where.test(place)).map(([, seen]) => seen).join('\n') // prettier-ignore
    expect(found, `what was seen ${String(where)}`).toMatch(text)
  }

  /** None of the secrets, neither as it is nor as it is put into a URL, a header or JSON. */
  expectNone(secrets: readonly string[]): void {
    const forms = new Set(secrets.flatMap(formsOf))
    const leaks = this.#texts.flatMap(([where, text]) => ([...forms].some((form) => text.includes(form)) ? [where] : [])) // prettier-ignore
    expect(leaks, 'where a secret is shown').toEqual([])
  }
}

function formsOf(secret: string): readonly string[] {
  const inForm = new URLSearchParams({ a: secret }).toString().slice(2)
  const encoded = [secret, inForm].flatMap((text) => [0, 1, 2].map((shift) => base64Inside(text, shift)))
  return [secret, inForm, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...encoded]
}

/** As it stands in the base64 of something longer, behind a number of bytes that leaves this rest. */
function base64Inside(text: string, shift: number): string {
  const whole = Buffer.from(`${'\0'.repeat(shift)}${text}`).toString('base64')
  // The first and the last characters hold bits of what is beside it.
  return whole.slice(shift === 0 ? 0 : 4, -4)
}

/** Every key, value and header that is in partition 0 of the topic, transactions that are open or were aborted included. */
export async function rawRecords(bootstrap: readonly string[], topic: string): Promise<string> {
  const end = (await endsOf(bootstrap, topic))[0] ?? 0
  const options = { groupId: unique('raw'), maxWaitTimeInMs: 50, readUncommitted: true }
  const consumer = kafkajsClient(bootstrap).consumer(options)
  const parts: string[] = []
  let next = 0
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachBatchAutoResolve: true,
      eachBatch: async ({ batch }) => {
        for (const { key, value, headers } of batch.messages) {
          const bytes = [key, value, ...Object.values(headers ?? {}).flat()].filter((part) => part !== null && part !== undefined) // prettier-ignore
          parts.push(bytes.map((part) => Buffer.from(part).toString('latin1')).join(' '))
        }
        next = Number(batch.lastOffset()) + 1
        await Promise.resolve()
      },
    })
    // The last offset is a transaction's marker, of which a consumer sees nothing.
    await eventually(`"${topic}" is read`, () => Promise.resolve(next >= end - 1))
  } finally {
    await consumer.disconnect()
  }
  return parts.join('\n')
}

/** The command lines of all processes of this machine, as every user of it sees them. */
export function commandLines(): string {
  return execFileSync('ps', ['-axww', '-o', 'args='], { encoding: 'utf8', maxBuffer: 2 ** 26 })
}

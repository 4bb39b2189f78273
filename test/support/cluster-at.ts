import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from '../../src/kafka/cluster.ts'
import type { RequestOf } from '../../src/kafka/wire/message.ts'
import { listGroups } from '../../src/kafka/wire/messages/list-groups.ts'
import { answerOf, type FakeServer, ordinary } from './fake-broker.ts'

/** For calls that nobody ends. */
export const never = new AbortController().signal

/** A request that goes to one broker, and the answer of one without groups. */
export const groups: RequestOf<typeof listGroups> = { states: [] }
export const groupsAnswer = answerOf(listGroups, { throttleMs: 0, error: 0, groups: [] })
export const withGroups = ordinary(({ apiKey }) => (apiKey === listGroups.apiKey ? groupsAnswer : 'as usual'))

export function at({ port }: FakeServer): string {
  return `127.0.0.1:${port}`
}

export function clusterAt(...bootstrap: readonly string[]): Cluster {
  const settings = { name: 'east', bootstrap, region: undefined, tls: undefined, sasl: undefined }
  return new Cluster(settings, { wait: async (ms, signal) => { await sleep(ms, undefined, { signal }) } }) // prettier-ignore
}

/** What the promise is rejected with, undefined when it is not, and how long it took. */
export async function failure(promise: Promise<unknown>): Promise<{ readonly error: unknown; readonly ms: number }> {
  const started = performance.now()
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return { error, ms: performance.now() - started }
}

/** Waits until it is so, for up to 5 s. */
export async function eventually(what: string, isSo: () => boolean): Promise<void> {
  const started = performance.now()
  while (!isSo()) {
    if (performance.now() - started > 5_000) throw new Error(`not within 5 s: ${what}`)
    await sleep(10)
  }
}

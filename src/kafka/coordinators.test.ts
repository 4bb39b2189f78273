import { expect, it } from 'vitest'
import { idRight } from '../core/acl.ts'
import type { Cluster } from './cluster.ts'
import { askCoordinator } from './coordinators.ts'
import { Code } from './error-codes.ts'

const signal = new AbortController().signal

/** How often was asked, with the outcome, where the coordinator answers in turn with these, the last of them for good. */
async function asked(...errors: readonly number[]): Promise<{ readonly count: number; readonly outcome: unknown }> {
  let count = 0
  const coordinators = [{ key: 'georep-act-l', nodeId: 1, error: 0, errorMessage: null }]
  const cluster = { name: 'west', wait: async () => { await Promise.resolve() }, sendToAny: async () => await Promise.resolve({ coordinators }) } as unknown as Cluster // prettier-ignore
  const ask = async (): Promise<{ error: number; value: string }> => {
    const error = errors[Math.min(count, errors.length - 1)] ?? 0
    count++
    return await Promise.resolve({ error, value: 'ended' })
  }
  const rights = [idRight('Write', 'georep-act-l')] as const
  const outcome = await askCoordinator(cluster, 'transaction', 'georep-act-l', rights, ask, { signal }).catch((error: unknown) => error) // prettier-ignore
  return { count, outcome }
}

it.each([
  ['goes wrong in the coordinator, as while the id is taken over', Code.unknownServerError],
  ['meets the markers of the transaction before', Code.concurrentTransactions],
  ['comes while it loads', Code.coordinatorLoadInProgress],
])('what %s is asked again', async (_, error) => {
  expect(await asked(error, 0)).toEqual({ count: 2, outcome: 'ended' })
})

it('who was fenced meanwhile is told so', async () => {
  expect(await asked(Code.unknownServerError, Code.producerFenced)).toMatchObject({ count: 2, outcome: { errorCode: Code.producerFenced } }) // prettier-ignore
})

it('what goes wrong again and again is given up after 15 s, as what it is', async () => {
  expect(await asked(Code.unknownServerError)).toMatchObject({ count: 151, outcome: { errorCode: Code.unknownServerError } }) // prettier-ignore
})

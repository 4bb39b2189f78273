import { expect, it } from 'vitest'
import type { LinkState } from '../../../links/state.ts'
import { obedienceTo } from './obedience.ts'

const key = 'mirror/east-west/orders'
const { signal } = new AbortController()

/** What is seen of the link's state at one look. */
interface Look {
  readonly isRead?: boolean
  readonly isOpen?: boolean
  readonly writtenAt: bigint
  /** Undefined without a runner's lock. */
  readonly lockAt: bigint | undefined
  readonly obeysBefore: bigint
}

async function told(...looks: readonly [Look, ...Look[]]) {
  let nowMs = 0
  let asked = 0
  let look: Look = looks[0]
  const state = {
    cluster: { wait: async (ms: number) => { nowMs += ms; await Promise.resolve() } }, // prettier-ignore
    glance: async () => {
      look = looks[Math.min(asked++, looks.length - 1)] ?? look
      return await Promise.resolve(look.isRead ?? true)
    },
    lock: () => (look.lockAt === undefined ? undefined : { offset: look.lockAt + BigInt(asked) }),
    writtenAt: () => look.writtenAt,
    isOpen: (asks: string) => asks === key && look.isOpen === true,
    runner: () => ({ obeysBefore: look.obeysBefore }),
  } as unknown as LinkState
  const time = { now: () => new Date(nowMs), monotonic: () => nowMs, wait: async () => { await Promise.resolve() } } // prettier-ignore
  return { obedience: await obedienceTo(state, { link: 'east-west', keys: [key], time }, { signal }), asked }
}

const before = { writtenAt: 10n, lockAt: 100n, obeysBefore: 90n }
const written = { ...before, writtenAt: 120n }
const obeyed = { writtenAt: 120n, lockAt: 130n, obeysBefore: 125n }

it('waits until the runner says that it has read what was written', async () => {
  expect(await told(written, obeyed)).toEqual({ obedience: 'obeyed', asked: 2 })
})

it('does not take the record before for what was just written, whose marker is on its way', async () => {
  expect(await told({ ...before, isOpen: true }, written, obeyed)).toEqual({ obedience: 'obeyed', asked: 3 })
})

it('nor where the state could not be read since', async () => {
  expect(await told({ ...before, isRead: false }, written, obeyed)).toEqual({ obedience: 'obeyed', asked: 3 })
})

it('waits for nobody where there is no runner, and not for ever', async () => {
  expect((await told({ ...written, lockAt: undefined })).obedience).toBe('noRunner')
  expect((await told(written)).obedience).toBe('notYet')
})

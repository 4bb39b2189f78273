import { describe, expect, it } from 'vitest'
import { offset } from '../core/offset.ts'
import { embeddedEngine } from '../engines/embedded/embedded-engine.ts'
import type { FailoverResult, ReplicationEngine } from '../engines/engine.ts'
import type { DrillSite } from './site.ts'
import { type EngineWatch, watchEngine } from './watched-engine.ts'

const options = { signal: new AbortController().signal }

function result(topic: string, kind: 'applied' | 'unchanged' | 'pending', end: bigint): FailoverResult {
  const outcome = kind === 'pending' ? ({ kind: 'failed', why: 'not fenced' } as unknown as FailoverResult['outcome']) : { kind } // prettier-ignore
  return {
    topic,
    outcome: outcome as FailoverResult['outcome'],
    ends: [offset(end)],
    loss: { kind: 'exact', records: 0n },
  }
}

/** An engine of which nothing but what is watched is asked, and the order in which it was. */
function watched(
  isPlanned: boolean,
  answers: readonly (readonly FailoverResult[])[],
): EngineWatch & { readonly told: string[] } {
  // prettier-ignore
  const told: string[] = []
  const left = [...answers]
  const engine: ReplicationEngine = {
    ...embeddedEngine,
    fence: async () => {
      told.push('fence')
      return await Promise.resolve(new Map())
    },
    failover: async (_target, _plan, by) => {
      by.onProgress('stopping', 'stopping')
      by.onProgress('fencing', 'fencing')
      told.push('failover')
      return await Promise.resolve(left.shift() ?? [])
    },
    promote: async () => {
      told.push('promote')
      const groups = { copied: [], activeOnSource: [], activeOnDestination: [] }
      return await Promise.resolve({ results: (left.shift() ?? []).map((one) => ({ ...one, sourceEnds: undefined })), groups }) // prettier-ignore
    },
  }
  let now = 0
  const time = { monotonic: () => ++now } as unknown as DrillSite['time']
  const watch = watchEngine(
    {
      site: { engine, time } as unknown as DrillSite,
      onFencing: () => told.push('onFencing'),
      stopClients: async () => {
        told.push('stopClients')
        await Promise.resolve()
      },
    },
    { isPlanned },
  )
  return { ...watch, told }
}

type Any = Parameters<ReplicationEngine['failover']>
const nothing = { onProgress: () => undefined } as unknown as Any[2]
const failover = async ({ engine }: EngineWatch): Promise<void> => { await engine.failover({} as Any[0], {} as Any[1], nothing, options) } // prettier-ignore

describe('an engine that a drill watches', () => {
  it('tells the fence before it is there, and when a mirror was open for the first time', async () => {
    const watch = watched(false, [
      [result('canary', 'pending', 1n), result('orders', 'applied', 5n)],
      [result('canary', 'applied', 2n), result('orders', 'unchanged', 6n)],
    ])
    await failover(watch)
    expect(watch.openedAt('canary')).toBeUndefined()
    await failover(watch)
    expect(watch.told).toEqual(['onFencing', 'failover', 'onFencing', 'failover'])
    expect([watch.openedAt('orders'), watch.openedAt('canary')]).toEqual([1, 2])
    // Of the mirror that was open already, what opened it counts.
    expect(watch.results().map(({ topic, ends }) => [topic, ends])).toEqual([['canary', [2n]], ['orders', [5n]]]) // prettier-ignore
  })

  it('stops the clients once, before the source is fenced, in a planned drill; else it leaves them alone', async () => {
    const run = async (watch: EngineWatch): Promise<void> => {
      await watch.engine.fence({} as Any[0], [], {} as never, options)
      await watch.engine.promote({} as Any[0], {} as never, {} as never, options)
    }
    const planned = watched(true, [[result('canary', 'applied', 2n)]])
    await run(planned)
    expect(planned.told).toEqual(['onFencing', 'stopClients', 'fence', 'promote'])
    expect(planned.openedAt('canary')).toBe(1)
    const other = watched(false, [])
    await run(other)
    expect(other.told).toEqual(['fence', 'promote'])
  })
})

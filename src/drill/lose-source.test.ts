import { describe, expect, it } from 'vitest'
import { fakeTime, settled } from '../../test/support/fake-time.ts'
import { Cleanup } from '../core/cleanup.ts'
import { loseSource, undoOnce } from './lose-source.ts'
import type { Fault } from './scenario.ts'

const settings = { probeEveryMs: 500, failuresNeeded: 3, report: () => undefined }
const injection = { fromMs: 10, toMs: 12 }

function faultOf(undo?: () => void): Fault {
  return {
    strike: async () => await Promise.resolve(injection),
    ...(undo === undefined
      ? {}
      : {
          undo: async () => {
            undo()
            await Promise.resolve()
          },
        }),
  }
}

describe('losing the source', () => {
  it('has the canary go on trying, and waits until it is noticed', async () => {
    let resumed = 0
    const detected = { lostAt: 1_500, failingSince: 100, probes: [] }
    const source = {
      resume: () => {
        resumed++
      },
    }
    const options = { time: fakeTime(), signal: new AbortController().signal }
    const lost = await loseSource(faultOf(), source, Promise.resolve(detected), settings, options)
    expect({ ...lost, resumed }).toEqual({ injection, detected, resumed: 1 })
    await settled()
    expect(options.time.isAnyoneWaiting()).toBe(false)
  })

  it('ends when nobody notices, long after every probe would have', async () => {
    const time = fakeTime()
    const never = new Promise<never>(() => undefined)
    const options = { time, signal: new AbortController().signal }
    const losing = loseSource(faultOf(), { resume: () => undefined }, never, settings, options)
    const refused = expect(losing).rejects.toMatchObject({ kind: 'timedOut', code: 'GR-DRILL-NOT-DETECTED' })
    await settled()
    await time.pass(62_999)
    expect(time.isAnyoneWaiting()).toBe(true)
    await time.pass(1)
    await refused
  })

  it('is taken back once, by the drill or by its end', async () => {
    let undone = 0
    const fault = faultOf(() => undone++)
    {
      await using cleanup = new Cleanup()
      await undoOnce(fault, cleanup)?.()
      expect(undone).toBe(1)
    }
    expect(undone).toBe(1)
    {
      await using cleanup = new Cleanup()
      undoOnce(fault, cleanup)
    }
    expect(undone).toBe(2)
    {
      await using cleanup = new Cleanup()
      const failing = faultOf(() => {
        undone++
        throw new Error('the hook has exited with 1')
      })
      await expect(undoOnce(failing, cleanup)?.()).rejects.toThrow('exited with 1')
    }
    expect(undone).toBe(3)
    await using cleanup = new Cleanup()
    expect(undoOnce(faultOf(), cleanup)).toBeUndefined()
  })
})

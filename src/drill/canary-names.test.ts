import { expect, it } from 'vitest'
import { bytesFromCanary, canaryFromBytes } from '../core/canary-record.ts'
import { canaryNames } from './canary-names.ts'

it('canary names carry the run, differ from run to run and from each other, and are names for Kafka and for the records', () => {
  const names = canaryNames('a1b2c3d4e5f6')
  const all = Object.values(names)
  expect(new Set([...all, ...Object.values(canaryNames('a1b2c3d4e5f7'))]).size).toBe(2 * all.length)
  for (const name of all) expect(name).toContain('a1b2c3d4e5f6')
  expect(names.topic).toMatch(/^georep-canary-[a-zA-Z0-9._-]{1,200}$/)
  for (const runId of [names.sourceRun, names.destinationRun]) {
    const record = { runId, partition: 0, seq: 1, scheduledWallMs: 2 }
    expect(canaryFromBytes(bytesFromCanary(record))).toEqual(record)
  }
})

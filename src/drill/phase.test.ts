import { expect, it } from 'vitest'
import { phaseOf } from './phase.ts'

it('phases lie anywhere in the period, differ from run to run, and come again with the same seed', () => {
  const phases = Array.from({ length: 200 }, (_, run) => phaseOf('seed', run + 1))
  expect(phases).toEqual(Array.from({ length: 200 }, (_, run) => phaseOf('seed', run + 1)))
  expect(new Set(phases).size).toBe(200)
  for (const phase of phases) expect(phase >= 0 && phase < 1).toBe(true)
  for (const tenth of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    expect(phases.filter((phase) => Math.floor(phase * 10) === tenth).length).toBeGreaterThan(5)
  }
  expect(phaseOf('another', 1)).not.toBe(phases[0])
})

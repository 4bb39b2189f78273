import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { expectFigures } from '../support/figures.ts'
import type { DrillPrinted } from './support/drill-printed.ts'
import { MachineRoom } from './support/machine-room.ts'

let room: MachineRoom

beforeEach(() => {
  room = new MachineRoom()
})
afterEach(async () => {
  await room.remove()
})

it('the drill passes at a round trip of 80 ms', async () => {
  const { out, data } = await drill('--wan-latency', '80ms')
  expect(out).toContain('waiting for a steady state')
  expect(data.scope).toContain('--wan-latency 80ms')
  expect(data.rpo.acknowledged).toBeGreaterThan(10)
})

it('the drill passes with three brokers a side, one killed first and then the region', async () => {
  const { out, data } = await drill('--brokers', '3', '--fault', 'broker-kill')
  const at = ['killing broker', 'waiting for a steady state again', 'killing "east" with SIGKILL'].map((text) => out.indexOf(text)) // prettier-ignore
  expect(at).toEqual(at.toSorted((a, b) => a - b))
  expect(at[0]).toBeGreaterThan(0)
  expect(data.scope).toContain('broker-kill --brokers 3')
  expect(data.otherMirrors.count).toBe(1)
})

async function drill(
  ...flags: readonly string[]
): Promise<{ readonly out: string; readonly data: DrillPrinted['data'] }> {
  const args = [
    'drill',
    '--sandbox',
    '-o',
    'json',
    '--steady',
    '1s',
    '--hold',
    '1s',
    '--canary-interval',
    '250ms',
    ...flags,
  ]
  const { code, out, err } = await room.run(args)
  room.expectEmpty()
  // The process of the WAN does not name the folder.
  expect(execFileSync('ps', ['-axww', '-o', 'args='], { encoding: 'utf8' })).not.toContain('sandbox wan --name drill-')
  const isOver = { code: 0, err: expect.stringContaining('the drill is over') as string, out: expect.stringContaining('"pass"') as string } // prettier-ignore
  expect({ code, err, out: out.slice(0, 3_000) }).toEqual(isOver)
  const { data } = JSON.parse(out) as DrillPrinted
  expectFigures(data)
  expect(data).toMatchObject({ mode: 'sandbox', verdict: 'pass' })
  return { out: err, data }
}

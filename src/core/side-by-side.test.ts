import { expect, it } from 'vitest'
import { sideBySide } from './side-by-side.ts'

it('keeps the order, and no more under way than it may', async () => {
  let underWay = 0
  let most = 0
  const results = await sideBySide([30, 1, 20, 2, 10], 2, async (turns) => {
    most = Math.max(most, ++underWay)
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    underWay--
    return turns * 2
  })
  expect(results).toEqual([60, 2, 40, 4, 20])
  expect(most).toBe(2)
  expect(await sideBySide([], 4, () => Promise.resolve(1))).toEqual([])
})

it('ends with the first failure, and begins nothing after it', async () => {
  const begun: number[] = []
  const failing = sideBySide([1, 2, 3, 4, 5, 6], 2, async (item) => {
    begun.push(item)
    await Promise.resolve()
    if (item === 2) throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  await new Promise((resolve) => setImmediate(resolve))
  expect(begun.length).toBeLessThan(6)
})

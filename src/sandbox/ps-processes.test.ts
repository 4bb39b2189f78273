import { expect, it } from 'vitest'
import { markedFromLine, psProcesses } from './ps-processes.ts'

const flag = '-Dgeorep.sandbox=ab12/default/c0ffee/east-1'

it('reads a line of ps', () => {
  expect(markedFromLine(`  812 T    Mon Sep  7 13:04:05 2026     /usr/bin/java -Xmx1g ${flag} kafka.Kafka`)).toEqual({
    pid: 812,
    startedAt: 'Mon Sep  7 13:04:05 2026',
    marker: { scope: 'ab12', sandbox: 'default', id: 'c0ffee', role: 'east-1' },
    isPaused: true,
  })
  expect(markedFromLine(`812 Z Mon Sep  7 13:04:05 2026 /usr/bin/java ${flag}`)).toBeUndefined()
  expect(markedFromLine('812 S Mon Sep  7 13:04:05 2026 bash')).toBeUndefined()
  expect(markedFromLine('')).toBeUndefined()
})

it('the ps of this machine answers in that form', async () => {
  const table = psProcesses(() => undefined)
  expect(await table.startedAt(process.pid)).toMatch(/^\S+ +\S+ +\d+ \d\d:\d\d:\d\d \d{4}$/)
  expect(await table.startedAt(2 ** 22 + 1)).toBeUndefined()
})

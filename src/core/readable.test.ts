import { expect, it } from 'vitest'
import { whyNotRead } from './readable.ts'

const of = (kind: 'file' | 'pipe' | 'other') => ({ isFile: () => kind === 'file', isFIFO: () => kind === 'pipe' })

it.each([
  ['/tmp/plan.json', 'file', true],
  ['/dev/stdin', 'file', true],
  ['/dev/stdin', 'pipe', true],
  ['/dev/fd/63', 'pipe', true],
  ['/proc/self/fd/0', 'pipe', true],
  ['/tmp/pipe', 'pipe', false],
  ['/tmp/dev/stdin', 'pipe', false],
  ['/dev/stdin', 'other', false],
  ['/dev/zero', 'other', false],
] as const)('%s, a %s, may be read: %s', (path, kind, may) => {
  expect(whyNotRead(path, of(kind)) === undefined).toBe(may)
})
